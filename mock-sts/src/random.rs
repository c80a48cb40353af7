//! The one place where the mock gets its randomness: ids, keys, entropy and padding.
//!
//! The stream is HMAC-SHA256 of a counter under a key. The key comes from the system, or from a seed, and then every id,
//! key and padding byte of an answer comes out the same each time. That is a virtue in a test and nowhere else.

use aws_lc_rs::hmac;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use rsa::rand_core::{CryptoRng, Error, RngCore, impls};

const BLOCK: usize = 32;

/// A stream of random bytes, from the system or repeatable from a seed.
///
/// It is a `rand_core` 0.6 generator too, so that the `rsa` crate can draw its padding from it.
pub struct Random {
    key: hmac::Key,
    counter: u64,
    block: [u8; BLOCK],
    used: usize,
}

impl Random {
    /// A stream that nobody can foresee.
    ///
    /// # Panics
    /// When the operating system gives no randomness at all.
    pub fn system() -> Self {
        let mut key = [0; BLOCK];
        SystemRandom::new().fill(&mut key).expect("the operating system gives randomness");
        Self::keyed(&key)
    }

    /// A stream that is the same for the same seed, on every machine and in every version.
    pub fn seeded(seed: u64) -> Self {
        let mut key = *b"mock-sts seed: \0\0\0\0\0\0\0\0";
        key[15..].copy_from_slice(&seed.to_be_bytes());
        Self::keyed(&key)
    }

    /// A stream of its own for one request: what that request draws does not shift what the next one gets.
    #[must_use]
    pub fn fork(&mut self) -> Self {
        Self::keyed(&self.array::<BLOCK>())
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// The next `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        self.fill(&mut bytes);
        bytes
    }

    /// Fills the whole slice.
    pub fn fill(&mut self, target: &mut [u8]) {
        let mut rest = target;
        while !rest.is_empty() {
            if self.used == BLOCK {
                let tag = hmac::sign(&self.key, &self.counter.to_be_bytes());
                self.block.copy_from_slice(tag.as_ref());
                self.counter += 1;
                self.used = 0;
            }
            let count = rest.len().min(BLOCK - self.used);
            let (now, later) = rest.split_at_mut(count);
            now.copy_from_slice(&self.block[self.used..self.used + count]);
            self.used += count;
            rest = later;
        }
    }

    fn keyed(key: &[u8]) -> Self {
        Self { key: hmac::Key::new(hmac::HMAC_SHA256, key), counter: 0, block: [0; BLOCK], used: BLOCK }
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Random").finish_non_exhaustive()
    }
}

impl RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, target: &mut [u8]) {
        self.fill(target);
    }

    fn try_fill_bytes(&mut self, target: &mut [u8]) -> Result<(), Error> {
        self.fill(target);
        Ok(())
    }
}

impl CryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_seed_gives_one_stream_however_it_is_drawn() {
        let whole = Random::seeded(7).bytes(100);
        let mut pieces = Random::seeded(7);
        let joined: Vec<u8> = [1, 31, 33, 35].into_iter().flat_map(|len| pieces.bytes(len)).collect();
        assert_eq!(whole, joined);
        assert_ne!(whole, Random::seeded(8).bytes(100));
    }

    #[test]
    fn the_stream_of_a_seed_never_changes() {
        assert_eq!(Random::seeded(1).array::<8>(), [68, 160, 178, 17, 73, 60, 140, 10]);
    }

    #[test]
    fn a_fork_does_not_depend_on_what_its_siblings_draw() {
        let second_fork = |drawn_by_first: usize| {
            let mut parent = Random::seeded(3);
            parent.fork().bytes(drawn_by_first);
            parent.fork().array::<16>()
        };
        assert_eq!(second_fork(0), second_fork(1000));
    }

    #[test]
    fn two_streams_of_the_system_differ() {
        assert_ne!(Random::system().array::<16>(), Random::system().array::<16>());
    }
}
