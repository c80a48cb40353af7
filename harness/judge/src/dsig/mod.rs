//! Verifying XML signatures: which nodes were signed, by which key, under which algorithms and transforms.

mod algorithms;
mod fault;
mod ids;
mod references;
mod token;
mod transforms;
mod verify;

pub(crate) use algorithms::Hash;
pub use fault::{NOT_TRUSTED, Reason, SignatureFault};
pub use ids::{IdFault, Ids};
pub use references::SignedReference;
pub use verify::{KeyUsed, Verified, Verifier, verify};
