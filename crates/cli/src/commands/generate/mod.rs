//! `generate`: the timeline, as fast as possible.

mod args;
mod refusals;

use std::io::{self, IsTerminal};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::Serialize;

use event_simulator::quantity::{grouped, show_bytes, show_duration, show_rate};
use event_simulator::simulation::Shard;
use event_simulator_timeline::{Compression, Format, Generation, Manifest, Progress, Watch};

use super::truth;
use crate::args::scenario::compile;
use crate::args::wire_format::tell_losses;
use crate::failure::Failure;
use crate::interrupt::Interrupt;
use crate::report::golden;
use crate::standard_output::ResultArgs;
use crate::view::progress::EventMeter;
use args::own_form;
use refusals::{refuse_arrivals_by_date, refuse_check, refuse_outputs, refuse_shared_files};

pub(crate) use args::GenerateArgs;

pub(crate) fn run(args: &GenerateArgs) -> Result<(), Failure> {
    refuse_outputs(args)?;
    let loaded = args.scenario.load()?;
    refuse_shared_files(args, &loaded)?;
    let own_form = own_form(args)?;
    let model = compile(&loaded)?;
    let model = if args.without_faults { model.without_faults() } else { model };
    refuse_arrivals_by_date(args, &model)?;
    let digest = loaded.scenario.digest();
    let generation = Generation {
        shard: args.shard.unwrap_or(Shard::WHOLE),
        format: args.format(),
        own_form: own_form.as_ref(),
        jobs: args.jobs,
        ..Generation::whole(&model, &digest)
    };
    refuse_check(args, &loaded.scenario, generation.format)?;
    if let Format::Wire(format) = generation.format {
        tell_losses(format);
    }
    let interrupt = Interrupt::listen()?;
    let is_watched = args.output.is_some() || args.check.is_some();
    let mut meter = EventMeter::new("generating", None);
    let total = Arc::new(OnceLock::new());
    if is_watched && io::stderr().is_terminal() {
        forecast(&generation, &total);
    }
    let mut watch = |progress: Progress| {
        if is_watched {
            meter.expect(total.get().copied());
            meter.show(progress.events);
        }
        if interrupt.is_pressed() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    if let Some(golden) = &args.check {
        let report = event_simulator_check::golden::check(golden, &generation, &mut watch);
        meter.finish();
        return golden::show(args.result, &report?);
    }
    let outcome = write(args, &generation, &mut watch);
    let elapsed = meter.finish();
    match outcome {
        Ok(Some(manifest)) => {
            if let Some(directory) = &args.truth {
                truth::write(directory, &loaded, &generation, &interrupt)?;
            }
            let file = args.output.as_deref().unwrap_or(Path::new("-"));
            report(args.result, file, &manifest, elapsed)
        }
        Ok(None) => Ok(()),
        Err(error) if interrupt.is_pressed() && error.kind() == io::ErrorKind::Interrupted => {
            Err(Failure::Interrupted)
        }
        Err(source) => {
            let target = args
                .output
                .as_ref()
                .map_or("standard output".to_owned(), |path| path.display().to_string());
            Err(Failure::Io { context: format!("cannot write {target}"), source })
        }
    }
}

/// Writes the timeline where it is wanted, and gives the manifest if that is not standard output.
fn write(
    args: &GenerateArgs,
    generation: &Generation<'_>,
    watch: &mut Watch<'_>,
) -> io::Result<Option<Manifest>> {
    let Some(path) = &args.output else {
        return generation.write_to(&mut io::stdout().lock(), watch).map(|()| None);
    };
    if let (Format::Table(form), Some(_)) = (generation.format, &args.partition_by) {
        return generation.write_by_date(path, form, watch).map(Some);
    }
    let compression = args.compress.map_or_else(|| Compression::from_name(path), Compression::from);
    generation.write_file(path, compression, watch).map(Some)
}

/// A timeline that was written.
#[derive(Serialize)]
struct Generated<'a> {
    file: &'a Path,
    elapsed_seconds: f64,
    #[serde(flatten)]
    manifest: &'a Manifest,
}

fn report(
    result: ResultArgs,
    file: &Path,
    manifest: &Manifest,
    elapsed: Duration,
) -> Result<(), Failure> {
    let elapsed_seconds = elapsed.as_secs_f64();
    let (events, bytes) = (grouped(manifest.events), show_bytes(manifest.bytes));
    let (took, rate) = (show_duration(elapsed), manifest.events as f64 / elapsed_seconds.max(1e-9));
    result.tell(
        &Generated { file, elapsed_seconds, manifest },
        format_args!(
            "{}: {events} events, {bytes}, in {took} ({})",
            file.display(),
            show_rate(rate)
        ),
    )
}

/// Lets a thread find out about how many events there will be, as `plan` says; that takes a second for some scenarios.
fn forecast(generation: &Generation<'_>, total: &Arc<OnceLock<u64>>) {
    let (model, total) = (generation.model.clone(), Arc::clone(total));
    let shards = f64::from(generation.shard.count());
    std::thread::spawn(move || {
        if let Some(events) = model.forecast().events {
            let _ = total.set((events / shards).round() as u64);
        }
    });
}
