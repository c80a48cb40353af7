//! Decrypting what XML Encryption encrypted.

mod ciphers;
mod transport;
mod wrap;
