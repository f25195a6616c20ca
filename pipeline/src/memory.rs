//! Keeps the memory that the program holds near the memory that it uses.

/// Heaps that threads share.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const HEAPS: i32 = 2;

/// Lets all threads share two heaps, unless `MALLOC_ARENA_MAX` says otherwise.
///
/// The allocator of glibc gives each thread a heap of its own, up to eight for a core, and keeps in each what was freed
/// there. Batches of a large day are made on one thread and freed on another, so that each heap grows to what the whole
/// commit needs: it doubled the peak on two cores, and would go on with the cores. Call it before there are threads to
/// wait for Gong with.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(
    unsafe_code,
    reason = "glibc can be told only through its C interface; the call takes two numbers and no pointer"
)]
pub fn share_heaps() {
    if std::env::var_os("MALLOC_ARENA_MAX").is_none() {
        // SAFETY: `mallopt` may be called at any time from any thread, and knows this parameter.
        let is_set = unsafe { libc::mallopt(libc::M_ARENA_MAX, HEAPS) };
        tracing::debug!(heaps = HEAPS, is_set, "threads share their heaps");
    }
}

/// Other allocators keep less.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub fn share_heaps() {}
