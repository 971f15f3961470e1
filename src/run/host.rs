//! Facts about the machine and the process.

use super::error::RunError;
use super::info::Host;

const MIB: u64 = 1 << 20;

/// The machine.
pub fn host() -> Host {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    system.refresh_cpu_list(sysinfo::CpuRefreshKind::nothing());
    Host {
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        cpu: system.cpus().first().map_or_else(String::new, |cpu| cpu.brand().trim().to_string()),
        cores: cores(),
        memory_mib: system.total_memory() / MIB,
    }
}

/// Cores that the process may use.
pub fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// So many threads.
///
/// # Errors
/// When the system starts no more.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, RunError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|e| RunError::Failed(format!("cannot start {threads} threads: {e}")))
}

/// Bytes of memory that are free for this process, the limit of its control group included.
pub fn available_memory_bytes() -> u64 {
    let mut system = sysinfo::System::new();
    system.refresh_memory();
    let group = system.cgroup_limits().map_or(u64::MAX, |limits| limits.free_memory);
    system.available_memory().min(group)
}

/// Largest resident memory of the process so far, in MiB; NaN where the system does not say.
///
/// Linux's `getrusage` would count in the parent's memory from before the program was loaded; the process's status
/// does not.
#[cfg(target_os = "linux")]
pub fn peak_rss_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}

/// Largest resident memory of the process so far, in MiB.
#[cfg(all(unix, not(target_os = "linux")))]
pub fn peak_rss_mib() -> f64 {
    use nix::sys::resource::{UsageWho, getrusage};
    // macOS counts in bytes, other systems in KiB.
    let unit = if cfg!(target_os = "macos") { 1.0 } else { 1024.0 };
    getrusage(UsageWho::RUSAGE_SELF).map_or(f64::NAN, |usage| usage.max_rss() as f64 * unit / MIB as f64)
}

/// Largest resident memory of the process so far: not known on this system.
#[cfg(not(unix))]
pub fn peak_rss_mib() -> f64 {
    f64::NAN
}
