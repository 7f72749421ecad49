//! On which machine the figures are taken.

use std::fs;
use std::process::Command;

pub(crate) struct Machine {
    pub(crate) processor: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
    pub(crate) compiler: &'static str,
    /// Of the day, in the form 2026-01-31.
    pub(crate) date: String,
}

impl Machine {
    pub(crate) fn this() -> Self {
        let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let date = Command::new("date").arg("+%F").output().map(|output| output.stdout).unwrap_or_default();
        Self {
            processor: model.map_or("an unknown processor", |model| model.1).trim().to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            // Major and minor; what follows says who has built it.
            kernel: format!(
                "Linux {}",
                kernel.trim().split(['.', '-']).take(2).collect::<Vec<_>>().join(".")
            ),
            compiler: env!("COMPILER"),
            date: String::from_utf8_lossy(&date).trim().to_owned(),
        }
    }

    /// All of it in one line.
    pub(crate) fn line(&self) -> String {
        let Self { processor, cores, kernel, compiler, date } = self;
        format!("{processor}, {cores} cores, {kernel}, {compiler}, {date}")
    }
}
