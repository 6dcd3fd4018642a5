//! The uses of a replay's numbers besides showing them; `replay` and `run` share them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::{Value, json};

use crate::args::html::{HtmlArgs, JsonOutput};
use crate::failure::Failure;
use crate::standard_output::{ResultArgs, print_json};
use event_simulator::time::VirtualTime;
use event_simulator_replay::{Config, Replay, Summary, TargetUrl, Threshold, serve_metrics};
use event_simulator_timeline::{Compression, OutputFile, write_whole};

/// Files, metrics and conditions for machines.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// Exit 1 if this holds at the end, such as `errors > 0`, `lag_p99 > 50ms`; may be repeated
    #[arg(long, value_name = "CONDITION")]
    fail_if: Vec<Threshold>,

    /// Write all numbers, histograms included, to FILE, and an HDR log to FILE.hlog
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,

    /// Serve Prometheus metrics at `http://ADDRESS/metrics` while it runs, such as 127.0.0.1:9900
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,

    #[command(flatten)]
    pub(crate) result: ResultArgs,

    #[command(flatten)]
    html: HtmlArgs,
}

/// What makes the same events again.
#[derive(Serialize)]
pub(crate) struct Simulated {
    pub(crate) scenario: String,
    pub(crate) seed: u64,
    pub(crate) start_time: VirtualTime,
    pub(crate) users: u32,
}

impl OutputArgs {
    /// The files that will be written, with their flags.
    pub(crate) fn files(&self) -> Vec<(&'static str, PathBuf)> {
        let summary = self.summary.as_ref();
        let files =
            summary.map(|path| [("--summary", path.clone()), ("--summary", log_path(path))]);
        let (flag, page) = self.html.file();
        let page = page.map(|path| (flag, path.to_owned()));
        files.into_iter().flatten().chain(page).collect()
    }

    /// Refuses the result as JSON where standard output has the events.
    pub(crate) fn refuse_two_results(&self, config: &Config) -> Result<(), Failure> {
        if self.result.json && matches!(config.target.url, TargetUrl::StandardOutput) {
            let reason = "--json: standard output has the events: --summary FILE has the numbers";
            return Err(Failure::Usage(reason.to_owned()));
        }
        Ok(())
    }

    /// The outputs that have to stand before the replay begins; files are tried out.
    pub(crate) fn begin(&self, replay: &mut Replay) -> Result<(), Failure> {
        if self.summary.is_some() || self.result.json || self.html.is_wanted() {
            replay.record_series();
        }
        for (_, path) in self.files() {
            // To open a pipe would wait for its reader.
            if OutputFile::is_regular(&path) || path.is_dir() {
                OutputFile::create(&path, Compression::None).map_err(cannot_write(&path))?;
            }
        }
        if let Some(address) = self.metrics {
            let address = serve_metrics(address, replay.metrics())?;
            note!("metrics at http://{address}/metrics");
        }
        Ok(())
    }

    /// The conditions that hold.
    pub(crate) fn holding(&self, summary: &Summary) -> Vec<String> {
        let check = |threshold: &Threshold| threshold.check(&summary.metrics, summary.elapsed);
        self.fail_if.iter().filter_map(check).collect()
    }

    /// Writes the files, and the result where it is asked for as JSON.
    pub(crate) fn end(
        &self,
        summary: &Summary,
        simulated: Option<&Simulated>,
    ) -> Result<(), Failure> {
        let mut json = summary.to_json();
        if let Some(simulated) = simulated {
            json["simulated"] = json!(simulated);
        }
        if let Some(path) = &self.summary {
            write_summary(summary, &json, path)?;
        }
        if self.html.is_wanted() {
            let summary_file = JsonOutput::File("--summary", self.summary.as_deref());
            self.html.write(&json, summary_file)?;
        }
        if self.result.json { print_json(&json) } else { Ok(()) }
    }
}

fn write_summary(summary: &Summary, json: &Value, path: &Path) -> Result<(), Failure> {
    let json = format!("{json:#}\n");
    write_whole(path, json.as_bytes()).map_err(cannot_write(path))?;
    let path = log_path(path);
    let mut log = Vec::new();
    summary.write_hdr_log(&mut log).map_err(cannot_write(&path))?;
    write_whole(&path, &log).map_err(cannot_write(&path))
}

/// The HDR log beside a summary.
fn log_path(summary: &Path) -> PathBuf {
    let mut path = summary.to_owned().into_os_string();
    path.push(".hlog");
    PathBuf::from(path)
}

fn cannot_write(path: &Path) -> impl FnOnce(std::io::Error) -> Failure + use<> {
    Failure::io(format!("cannot write {}", path.display()))
}
