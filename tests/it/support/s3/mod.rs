//! A server that speaks S3, in the process of the tests.
//!
//! `s3s` has the wire format and the signatures. The store behind it is in memory, and as strict as S3: a body is checked before it
//! is kept, one of many creators of a key wins, a signature for another region is refused.
//!
//! | module | what it holds |
//! |---|---|
//! | `wire` | requests and answers, and what a network does to them |
//! | `policy` | who may do what |
//! | `service` | the operations |
//! | `store`, `object`, `listing` | what the bucket holds |
//! | `faults`, `dice` | what goes wrong on purpose, and whom it hits |
//! | `operation`, `requests` | what was asked, and how it was answered |
//! | `client` | clients of it |

mod client;
mod dice;
mod faults;
mod listing;
mod object;
mod operation;
mod policy;
mod requests;
mod service;
mod store;
mod wire;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::mpsc::sync_channel;
use std::sync::{Arc, Mutex, RwLock};

use bytes::Bytes;
use s3s::service::S3ServiceBuilder;
use tempfile::NamedTempFile;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use self::dice::Dice;
use self::object::Object;
use self::policy::Policy;
use self::requests::Journal;
use self::service::Service;
use self::store::Store;
use super::connections::{Disconnect, accept};

pub(crate) use self::client::credentials;
pub(crate) use self::dice::Fault;
pub(crate) use self::faults::{Faults, Lack};
pub(crate) use self::object::hex;
pub(crate) use self::operation::{Operation, Target};
pub(crate) use self::requests::Requests;
pub(crate) use super::lots::Share;

/// The bucket there is.
pub(crate) const BUCKET: &str = "lake";
pub(crate) const REGION: &str = "eu-central-1";
/// The bucket's owner.
pub(crate) const ACCOUNT: &str = "111122223333";
pub(crate) const ACCESS_KEY: &str = "AKIACTLAKETESTS00000";
pub(crate) const SECRET_KEY: &str = "a/secret+of+the+tests";

/// A running server with one empty bucket. It is gone when this is dropped.
#[derive(Debug)]
pub(crate) struct S3Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    wishes: UnboundedSender<Disconnect>,
    /// The configuration that a child process reads in the place of its user's.
    no_config: NamedTempFile,
    /// The server's own threads: a test that blocks doesn't stop it.
    runtime: Option<Runtime>,
}

/// What the parts of a server have in common.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    faults: RwLock<Arc<Faults>>,
    dice: Mutex<Dice>,
    journal: Journal,
    store: Store,
}

impl Shared {
    fn faults(&self) -> Arc<Faults> {
        Arc::clone(&self.faults.read().unwrap())
    }
}

impl S3Server {
    pub(crate) fn start() -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("s3-server")
            .enable_all()
            .build()
            .expect("a runtime");
        // Bound here and taken over there: this may be called within another runtime, where nothing can be waited for.
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let mut service = S3ServiceBuilder::new(Service(Arc::clone(&shared)));
        service.set_auth(Policy(Arc::clone(&shared)));
        service.set_access(Policy(Arc::clone(&shared)));
        let (wishes, wished) = unbounded_channel();
        let service = service.build();
        let served = Arc::clone(&shared);
        let serve = move |stream| wire::serve(stream, Arc::clone(&served), service.clone());
        runtime.spawn(accept(listener, wished, serve));
        Self {
            address,
            shared,
            wishes,
            no_config: NamedTempFile::new().expect("a file"),
            runtime: Some(runtime),
        }
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The environment in which a process talks to this server and to no other.
    pub(crate) fn env(&self) -> Vec<(&'static str, String)> {
        let no_config = self.no_config.path().display().to_string();
        vec![
            ("AWS_ENDPOINT_URL", self.endpoint()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", no_config.clone()),
            ("AWS_SHARED_CREDENTIALS_FILE", no_config),
        ]
    }

    /// Puts these faults in the place of those before; lots and counts begin anew. Requests that are held or stuck stay so.
    pub(crate) fn faults(&self, faults: Faults) {
        let mut dice = self.shared.dice.lock().unwrap();
        *self.shared.faults.write().unwrap() = Arc::new(faults);
        *dice = Dice::default();
    }

    /// The requests since the last reset.
    pub(crate) fn requests(&self) -> Requests {
        self.shared.journal.requests()
    }

    /// Forgets the requests so far, and how many objects were PUT.
    pub(crate) fn reset_requests(&self) {
        self.shared.journal.reset();
        self.shared.store.reset_puts();
    }

    /// Blocks until so many objects were PUT since the last reset: those below [`Faults::under`] count.
    #[track_caller]
    pub(crate) fn wait_for_puts(&self, count: u64) {
        self.shared.store.wait_for_puts(count);
    }

    /// Blocks until so many requests of `operation` below `under` were asked since the last reset.
    #[track_caller]
    pub(crate) fn wait_for(&self, operation: Operation, under: &str, count: usize) {
        self.shared.journal.wait_for(operation, under, count);
    }

    /// Ends all connections. What a killed process had sent arrives no more after this.
    pub(crate) fn disconnect(&self) {
        let (done, ended) = sync_channel(1);
        self.wishes.send(done).expect("the server runs");
        ended.recv().expect("the server runs");
    }

    /// Keys and sizes of all objects.
    pub(crate) fn objects(&self) -> BTreeMap<String, u64> {
        let content = self.shared.store.lock();
        let sizes = content.objects.iter();
        sizes
            .map(|(key, object)| (key.clone(), object.body.len() as u64))
            .collect()
    }

    pub(crate) fn object(&self, key: &str) -> Option<Bytes> {
        let content = self.shared.store.lock();
        Some(content.objects.get(key)?.body.clone())
    }

    /// Takes an object away, behind every client's back; whether there was one.
    pub(crate) fn remove(&self, key: &str) -> bool {
        self.shared.store.lock().objects.remove(key).is_some()
    }

    /// Puts an object, with its CRC-32, behind every client's back.
    pub(crate) fn overwrite(&self, key: &str, body: impl Into<Bytes>) {
        self.writer()(key, body.into());
    }

    /// The same for another server, which may outlive this borrow.
    pub(crate) fn writer(&self) -> impl Fn(&str, Bytes) + Send + Sync + 'static {
        let shared = Arc::clone(&self.shared);
        move |key, body| {
            let object = Arc::new(Object::with_crc32(body));
            let mut content = shared.store.lock();
            content.objects.insert(key.to_owned(), object);
        }
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        // Waits for nothing, so it may also happen within another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
