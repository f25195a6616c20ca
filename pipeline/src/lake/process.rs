//! Which process holds a lease, and whether it is still there.

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::clock::real_time;

use super::digest;

/// A process, told apart from any other on any machine, before and after a restart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    /// Made anew by each process.
    pub(crate) id: String,
    host: String,
    pid: u32,
    /// The boot and the space of process numbers, where the system tells: only then can others judge its life.
    #[serde(default)]
    boot: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    started: Option<String>,
}

static THIS: LazyLock<Process> = LazyLock::new(|| {
    let pid = std::process::id();
    let (boot, namespace) = (boot(), namespace());
    let started = started(pid);
    let seed = format!("{pid} {boot:?} {namespace:?} {started:?} {}", real_time());
    Process {
        id: digest::of_bytes(seed.as_bytes()),
        host: host(),
        pid,
        boot,
        namespace,
        started,
    }
});

impl Process {
    /// The process that runs.
    pub(crate) fn this() -> &'static Process {
        &THIS
    }

    /// Whether it is the process that runs.
    pub(crate) fn is_this(&self) -> bool {
        self.id == THIS.id
    }

    /// Whether it ran on this machine and has ended; `false` where that cannot be known.
    pub(crate) fn is_gone(&self) -> bool {
        let here = self.boot.is_some()
            && self.boot == THIS.boot
            && self.namespace.is_some()
            && self.namespace == THIS.namespace
            && self.host == THIS.host;
        here && self.started.is_some() && started(self.pid) != self.started
    }

    #[cfg(test)]
    pub(crate) fn elsewhere(host: &str, pid: u32) -> Process {
        Process {
            id: "elsewhere".to_owned(),
            host: host.to_owned(),
            pid,
            boot: Some("other".to_owned()),
            ..THIS.clone()
        }
    }

    #[cfg(test)]
    pub(crate) fn other_here(pid: u32) -> Process {
        Process {
            id: "other".to_owned(),
            pid,
            started: started(pid).or(Some("0".to_owned())),
            ..THIS.clone()
        }
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "process {} on {}", self.pid, self.host)
    }
}

fn read_line(path: &str) -> Option<String> {
    let text = std::fs::read_to_string(path).ok()?;
    Some(text.trim().to_owned()).filter(|line| !line.is_empty())
}

fn host() -> String {
    read_line("/proc/sys/kernel/hostname")
        .or_else(|| std::env::var("HOSTNAME").ok())
        .unwrap_or_else(|| "an unnamed host".to_owned())
}

fn boot() -> Option<String> {
    read_line("/proc/sys/kernel/random/boot_id")
}

fn namespace() -> Option<String> {
    let link = std::fs::read_link("/proc/self/ns/pid").ok()?;
    Some(link.to_string_lossy().into_owned())
}

/// When a process started, in ticks since boot; `None` where it has ended, even if nobody has waited for it.
fn started(pid: u32) -> Option<String> {
    let stat = read_line(&format!("/proc/{pid}/stat"))?;
    // The name may hold spaces and brackets, so the fields are counted from its end.
    let (_, fields) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let state = *fields.first()?;
    if state == "Z" || state == "X" {
        return None;
    }
    fields.get(19).map(|ticks| (*ticks).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn life_is_judged_only_where_it_can_be_seen() {
        assert!(!Process::this().is_gone());
        assert!(!Process::elsewhere("h", std::process::id()).is_gone());
        let reused = Process {
            started: Some("0".to_owned()),
            ..Process::other_here(std::process::id())
        };
        assert!(reused.is_gone());
    }
}
