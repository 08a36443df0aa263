//! A Kaggle in the process of the tests: the API on one loopback name, the storage that it redirects to on another.
//!
//! There is one dataset, `hgunraj/covidxct`. The API speaks RPC (`<endpoint>/v1/…`, and `<endpoint>/api/v1/…` as for hosts that
//! are not Kaggle's own) and the website's REST. The storage is as strict as can be: credentials must not arrive there, a signature
//! is good for its path, its method, its host and for no header of Google's.
//!
//! | module | what it holds |
//! |---|---|
//! | `wire` | requests and answers, and what a network does to them |
//! | `operation`, `api`, `caller` | the calls, and who makes them |
//! | `storage`, `range` | what a request for bytes is answered with |
//! | `catalog`, `object`, `content` | versions, signed URLs and what is behind them |
//! | `refusal` | errors, in all their shapes |
//! | `faults`, `dice`, `signal` | what goes wrong on purpose, and whom it hits |
//! | `requests` | what was asked, and how it was answered |

mod api;
mod caller;
mod catalog;
mod content;
mod dice;
mod faults;
mod object;
mod operation;
mod range;
mod refusal;
mod requests;
mod signal;
mod storage;
mod wire;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, RwLock};

use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use self::catalog::Catalog;
use self::content::Content;
use self::dice::Dice;
use self::requests::Journal;
use self::signal::Signal;
use self::wire::Role;
use super::connections::{Disconnect, accept};

pub(crate) use self::caller::{
    ACCESS_TOKEN, Access, KEY, REFRESH_TOKEN, STRANGERS_TOKEN, TOKEN, USERNAME,
};
pub(crate) use self::dice::Fault;
pub(crate) use self::faults::{Expiry, Faults, Hold, Quirk, RetryAfter};
pub(crate) use self::operation::Operation;
pub(crate) use self::refusal::Shape;
pub(crate) use self::requests::{Request, Requests};
pub(crate) use super::lots::Share;
use super::s3::hex;

pub(crate) const OWNER: &str = "hgunraj";
pub(crate) const SLUG: &str = "covidxct";
const DATASET_ID: u32 = 1_162_498;
/// The version that there is at first.
pub(crate) const VERSION: u32 = 4;

/// Everything that would lead a client past this server.
const SETTINGS: [&str; 10] = [
    "KAGGLE_API_TOKEN",
    "KAGGLE_API_V1_TOKEN",
    "KAGGLE_USERNAME",
    "KAGGLE_KEY",
    "KAGGLE_PROXY",
    "KAGGLE_KERNEL_RUN_TYPE",
    "http_proxy",
    "HTTP_PROXY",
    "ALL_PROXY",
    "all_proxy",
];

/// A running server. It is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct KaggleServer {
    api: SocketAddr,
    shared: Arc<Shared>,
    wishes: [UnboundedSender<Disconnect>; 2],
    /// The home of whoever calls, without any credentials.
    home: TempDir,
    /// The server's own threads: a test that blocks doesn't stop it.
    runtime: Option<Runtime>,
}

/// What the parts of a server have in common.
#[derive(Debug)]
pub(crate) struct Shared {
    storage: SocketAddr,
    faults: RwLock<Arc<Faults>>,
    dice: Mutex<Dice>,
    catalog: Mutex<Catalog>,
    journal: Journal,
    held: Signal,
}

impl Shared {
    fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap())
    }

    /// The storage's name, which is not the API's: credentials must not follow a redirect there.
    fn storage_host(&self) -> String {
        format!("localhost:{}", self.storage.port())
    }
}

impl KaggleServer {
    /// A server that has `archive` (bytes, or a file that nobody changes) as its dataset's only version.
    pub(crate) fn start(archive: impl Into<Content>) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("kaggle-server")
            .enable_all()
            .build()
            .expect("a runtime");
        let (api, storage) = (listen(), listen());
        let address = api.local_addr().expect("an address");
        let mut catalog = Catalog::default();
        catalog.publish(VERSION, archive.into());
        let shared = Arc::new(Shared {
            storage: storage.local_addr().expect("an address"),
            faults: RwLock::default(),
            dice: Mutex::default(),
            catalog: Mutex::new(catalog),
            journal: Journal::default(),
            held: Signal::default(),
        });
        let wishes = [(api, Role::Api), (storage, Role::Storage)].map(|(listener, role)| {
            let (wishes, wished) = unbounded_channel();
            let shared = Arc::clone(&shared);
            let serve = move |stream| wire::serve(stream, Arc::clone(&shared), role);
            runtime.spawn(accept(listener, wished, serve));
            wishes
        });
        Self {
            api: address,
            shared,
            wishes,
            home: TempDir::with_prefix("kaggle-").expect("a temporary folder"),
            runtime: Some(runtime),
        }
    }

    /// The API, in the place of Kaggle's.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.api)
    }

    /// The current version's archive, for everybody.
    pub(crate) fn url(&self) -> String {
        format!("http://{}{}", self.shared.storage_host(), storage::PLAIN)
    }

    /// A URL that redirects to [`Self::url`].
    pub(crate) fn moved_url(&self) -> String {
        format!("http://{}{}", self.shared.storage_host(), storage::MOVED)
    }

    /// The same, for who has this name and key.
    pub(crate) fn guarded_url(&self) -> String {
        let host = self.shared.storage_host();
        format!("http://{USERNAME}:{KEY}@{host}{}", storage::GUARDED)
    }

    /// The home folder of [`Self::env`], where credentials can be put.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// The environment in which a process talks to this server, with no credentials.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let home = self.home().display();
        vec![
            ("KAGGLE_API_ENDPOINT", self.endpoint()),
            ("HOME", home.to_string()),
            ("KAGGLE_CONFIG_DIR", format!("{home}/kaggle")),
            ("XDG_CONFIG_HOME", format!("{home}/config")),
            ("NO_PROXY", "127.0.0.1,localhost".to_owned()),
        ]
    }

    /// Gives a process [`Self::env`], and takes the caller's own credentials from it.
    pub(crate) fn configure(&self, command: &mut Command) {
        for setting in SETTINGS {
            command.env_remove(setting);
        }
        command.envs(self.env());
    }

    /// Puts these faults in the place of those before; lots and counts begin anew. Requests that are held or stuck stay so.
    pub(crate) fn faults(&self, faults: Faults) {
        let mut dice = self.shared.dice.lock().unwrap();
        *self.shared.faults.write().unwrap() = Arc::new(faults);
        *dice = Dice::default();
        self.shared.held.reset();
    }

    /// Who may download the dataset.
    pub(crate) fn access(&self, access: Access) {
        self.shared.catalog.lock().unwrap().access = access;
    }

    /// Signs the tester in, as `kaggle auth login` does, and gives the access token.
    pub(crate) fn sign_in(&self) -> String {
        self.shared.catalog.lock().unwrap().sign_in.give()
    }

    /// From here on no access token of the sign-in is good, whatever its date.
    pub(crate) fn expire_sign_in(&self) {
        self.shared.catalog.lock().unwrap().sign_in.expire();
    }

    /// From here on the sign-in is good for nothing.
    pub(crate) fn revoke_sign_in(&self) {
        self.shared.catalog.lock().unwrap().sign_in.revoke();
    }

    /// Makes a version, which becomes the current one.
    pub(crate) fn publish(&self, version: u32, archive: impl Into<Content>) {
        let mut catalog = self.shared.catalog.lock().unwrap();
        catalog.publish(version, archive.into());
    }

    /// Puts another archive in the place of the current version's: tag, date and generation change.
    pub(crate) fn replace(&self, archive: impl Into<Content>) {
        let mut catalog = self.shared.catalog.lock().unwrap();
        let current = catalog.current;
        catalog.publish(current, archive.into());
    }

    /// The requests since the last reset.
    pub(crate) fn requests(&self) -> Requests {
        self.shared.journal.requests()
    }

    /// Forgets the requests so far.
    pub(crate) fn reset_requests(&self) {
        self.shared.journal.reset();
    }

    /// Everything that nobody may print: credentials that are accepted, and what was signed so far.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let catalog = self.shared.catalog.lock().unwrap();
        let fixed = [
            TOKEN,
            STRANGERS_TOKEN,
            KEY,
            REFRESH_TOKEN,
            ACCESS_TOKEN,
            "X-Goog-Signature",
        ];
        let mut secrets: Vec<String> = fixed.map(str::to_owned).into();
        secrets.push(caller::basic());
        secrets.extend(catalog.signatures());
        secrets
    }

    /// Blocks until [`Faults::hold_after`] holds something.
    #[track_caller]
    pub(crate) fn wait_for_hold(&self) {
        self.shared.held.wait();
    }

    /// Ends all connections.
    pub(crate) fn disconnect(&self) {
        for wishes in &self.wishes {
            let (done, ended) = sync_channel(1);
            wishes.send(done).expect("the server runs");
            ended.recv().expect("the server runs");
        }
    }
}

impl Drop for KaggleServer {
    fn drop(&mut self) {
        // Waits for nothing, so it may also happen within another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A port of its own. Bound here and taken over in the runtime: this may be called within another, where nothing can be waited for.
fn listen() -> TcpListener {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    listener
}
