//! The cases, rules and requirements of stsproof as data, embedded.
