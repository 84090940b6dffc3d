//! The simulated Identity Center: demo, tests, anybody's scripts.
