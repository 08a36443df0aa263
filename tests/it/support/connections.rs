//! The server's side of connections: how they are taken, and how they end.

use std::fmt;
use std::net::TcpListener as StdListener;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinSet;

/// The connection ends here.
#[derive(Debug)]
pub(crate) enum Cut {
    /// Reset, as one that broke.
    Reset,
    /// Closed in good order, whatever is missing.
    Close,
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cut on purpose")
    }
}

impl std::error::Error for Cut {}

/// A wish that all connections end, with the place to say that they have.
pub(crate) type Disconnect = SyncSender<()>;

/// Takes connections for ever, each to be served by what `serve` makes of it.
pub(crate) async fn accept<F>(
    queue: StdListener,
    mut wishes: UnboundedReceiver<Disconnect>,
    serve: impl Fn(TcpStream) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::from_std(queue.try_clone().expect("a socket"));
    let listener = listener.expect("a listener");
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.expect("a connection");
                stream.set_nodelay(true).expect("a socket");
                connections.spawn(serve(stream));
            }
            Some(done) = wishes.recv() => {
                connections.shutdown().await;
                // Those that nobody has taken yet.
                while queue.accept().is_ok() {}
                done.send(()).ok();
            }
        }
    }
}

/// How long so many bytes take at `pace` bytes a second.
pub(crate) fn time(bytes: usize, pace: u64) -> Duration {
    Duration::from_secs_f64(bytes as f64 / pace as f64)
}
