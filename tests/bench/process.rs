//! What a process has used, as Linux tells it.

use std::{fs, time::Duration};

/// The processor's time, to the nanosecond. Of a process that waits: what runs is counted when it stops.
pub(crate) fn cpu(id: u32) -> Duration {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).unwrap();
    let nanoseconds = tasks.map(|task| {
        // A thread may have ended meanwhile.
        let statistics = fs::read_to_string(task.unwrap().path().join("schedstat"));
        let statistics = statistics.unwrap_or_default();
        statistics.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0)
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// The most memory that it ever had, in bytes.
pub(crate) fn peak_memory(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024
}
