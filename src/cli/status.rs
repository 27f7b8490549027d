//! The program's state for whoever looks after it: `/healthz` and `/metrics`, on an address of their own.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;

use super::{Failure, world};
use crate::store::Reader;

/// What is shown.
pub(super) struct Status {
    /// Whether messages can come in.
    pub(super) is_connected: Arc<AtomicBool>,
    /// The database, for the counts of what waits.
    pub(super) db: PathBuf,
    numbers: PrometheusHandle,
}

impl Status {
    /// Begins to count.
    pub(super) fn begin(is_connected: Arc<AtomicBool>, db: PathBuf) -> Result<Self, Failure> {
        let numbers = PrometheusBuilder::new().install_recorder();
        let numbers = numbers.map_err(|error| Failure::Failed(format!("nothing can be counted: {error}")))?;
        Ok(Self { is_connected, db, numbers })
    }

    /// Shows it until the program ends.
    pub(super) async fn show(self, listener: TcpListener) {
        let router = Router::new()
            .route("/healthz", get(health))
            .route("/metrics", get(numbers))
            .with_state(Arc::new(self));
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the program's state can't be shown any more");
        }
    }

    /// How much waits, as it stands in the database.
    fn waiting(&self) -> Result<(), Failure> {
        let reader = Reader::open(&self.db).map_err(|error| Failure::Failed(error.to_string()))?;
        let counts = reader.read(|tx| tx.letter_counts()).map_err(world::store_failed)?;
        for (state, count) in [("queued", counts.queued), ("dead", counts.dead)] {
            metrics::gauge!("usher_outbox", "state" => state).set(count as f64);
        }
        Ok(())
    }
}

/// Well while messages can come in; whether they do is up to people.
async fn health(State(status): State<Arc<Status>>) -> (StatusCode, &'static str) {
    match status.is_connected.load(Ordering::Relaxed) {
        true => (StatusCode::OK, "ok\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "not connected\n"),
    }
}

async fn numbers(State(status): State<Arc<Status>>) -> (StatusCode, String) {
    let is_connected = status.is_connected.load(Ordering::Relaxed);
    metrics::gauge!("usher_connected").set(if is_connected { 1.0 } else { 0.0 });
    if let Err(Failure::Failed(why) | Failure::Usage(why)) = status.waiting() {
        tracing::warn!(why, "the outbox could not be counted");
    }
    status.numbers.run_upkeep();
    (StatusCode::OK, status.numbers.render())
}
