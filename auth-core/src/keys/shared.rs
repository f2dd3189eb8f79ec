use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use super::ring::KeyRing;

/// A ring that can be replaced while it is in use: whoever verifies goes on with the ring it began with, and waits for nobody.
#[derive(Clone, Debug)]
pub struct SharedRing(Arc<ArcSwap<KeyRing>>);

impl SharedRing {
    /// Shares `ring`.
    pub fn new(ring: KeyRing) -> SharedRing {
        SharedRing(Arc::new(ArcSwap::from_pointee(ring)))
    }

    /// The ring in force, for as long as the answer is kept: for one token, not longer.
    pub fn load(&self) -> Guard<Arc<KeyRing>> {
        self.0.load()
    }

    /// Puts `ring` in force for everybody who shares it; answers with the one before.
    pub fn replace(&self, ring: KeyRing) -> Arc<KeyRing> {
        self.0.swap(Arc::new(ring))
    }
}
