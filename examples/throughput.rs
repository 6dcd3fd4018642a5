use event_simulator::timeline::*;
use event_simulator::*;
use std::ops::ControlFlow;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let users: u32 = a[1].parse().unwrap();
    let dur: f64 = a[2].parse().unwrap();
    let jobs = a.get(3).map_or(1, |j| j.parse().unwrap());
    let mut s = Scenario::default();
    s.simulation.num_users = users;
    s.simulation.duration_seconds = dur;
    let t = std::time::Instant::now();
    let m = s.compile().unwrap();
    let g = Generation {
        model: &m,
        scenario_digest: "",
        seed: 1,
        shard: Shard::WHOLE,
        format: Format::Jsonl,
        jobs,
    };
    let mut n = 0;
    let mut first = None;
    struct S(u64);
    impl std::io::Write for S {
        fn write(&mut self, b: &[u8]) -> std::io::Result<usize> {
            self.0 += b.len() as u64;
            Ok(b.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut out = S(0);
    g.write_to(&mut out, &mut |p| {
        if first.is_none() {
            first = Some(t.elapsed());
        }
        n = p.events;
        ControlFlow::Continue(())
    })
    .unwrap();
    let e = t.elapsed();
    println!(
        "{users} users: {n} events, {} B/event, {:.2}s, {:.2} M/s, first block {:?}",
        out.0 / n.max(1),
        e.as_secs_f64(),
        n as f64 / e.as_secs_f64() / 1e6,
        first
    );
    let st = std::fs::read_to_string("/proc/self/status").unwrap();
    for l in st.lines().filter(|l| l.starts_with("VmHWM")) {
        println!("{l}");
    }
}
