//! Many exchanges at the same time, on as many threads as the machine has use for.

use std::pin::Pin;
use std::task::Poll;

/// Runs so many copies of a worker at the same time, and blocks until all are done.
pub(crate) fn spread<F: Future<Output = ()>>(workers: u16, worker: &(impl Fn() -> F + Sync)) {
    let workers = usize::from(workers.max(1));
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(workers);
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let share = workers / threads + usize::from(thread < workers % threads);
            scope.spawn(move || block_on(all((0..share).map(|_| worker()).collect())));
        }
    });
}

/// Blocks until a future is done.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("the system gives a thread an event loop").block_on(future)
}

/// All of these at the same time, on this thread.
async fn all<F: Future<Output = ()>>(futures: Vec<F>) {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    std::future::poll_fn(|context| {
        running.retain_mut(|future| future.as_mut().poll(context).is_pending());
        if running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}
