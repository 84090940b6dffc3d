//! Ordered maps and sets, filled one by one.
//!
//! `collect` sorts a list and builds the tree from it. That is faster for very many items, but each type of item adds
//! 8 KB to the program, where `insert` adds 3: the size is docs/performance.md#size-and-build-time.

use std::collections::{BTreeMap, BTreeSet};

/// The pairs as a map; of two pairs with one key, the last one counts.
pub(crate) fn map<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// The items as a set.
pub(crate) fn set<T: Ord>(items: impl IntoIterator<Item = T>) -> BTreeSet<T> {
    let mut set = BTreeSet::new();
    set.extend(items);
    set
}
