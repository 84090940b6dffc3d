//! Protection of this process's memory from other programs.

/// No core file, and no debugger of this user's other programs: the memory holds keys, and a panic
/// ends a release build with an abort, whose core file is kept by many systems. Programs that are
/// started are not concerned. Only Linux knows it; where it cannot be had, nothing is lost.
pub(crate) fn keep_private() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
