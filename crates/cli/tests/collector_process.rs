//! The collector as a process of its own: killed, and where there is no room.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use super::program::PROGRAM;

fn event(number: u64) -> String {
    format!(
        r#"{{"event_id":"id-{number}","event_type":"page_visited","user_id":"u","session_id":"s"}}"#
    )
}

/// Posts one body on a connection of its own, and gives the status. The error is a connection without
/// an answer.
fn post(addr: SocketAddr, body: &[u8]) -> io::Result<u16> {
    let mut stream = TcpStream::connect(addr)?;
    let length = body.len();
    write!(
        stream,
        "POST /api/events HTTP/1.1\r\nHost: collector\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(body)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or(io::ErrorKind::InvalidData.into())
}

/// A running collector and where it listens, as it says on standard error.
fn listening(command: &mut Command) -> (Child, SocketAddr) {
    let mut collector = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut greeting = String::new();
    BufReader::new(collector.stderr.as_mut().unwrap()).read_line(&mut greeting).unwrap();
    let addr = greeting.split("listening on http://").nth(1).unwrap();
    let addr = addr.split("/api/events ").next().unwrap().parse().unwrap();
    (collector, addr)
}

/// A command under a limit on the size of files, of a few kilobytes.
#[cfg(unix)]
fn with_small_files() -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -f 8; exec \"$0\" \"$@\"", PROGRAM]);
    command
}

fn lines(path: &Path) -> Vec<String> {
    fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

/// A collector that another program started ends with it.
#[test]
fn the_end_of_standard_input_stops_it() {
    let mut command = Command::new(PROGRAM);
    command.args(["collector", "--port", "0", "--until-eof"]).stdin(Stdio::piped());
    let (mut collector, addr) = listening(&mut command);
    assert_eq!(post(addr, event(1).as_bytes()).unwrap(), 200);
    drop(collector.stdin.take());
    assert!(collector.wait().unwrap().success());
}

/// What was answered 200 is in the file, whole, when the process is killed at any moment.
#[cfg(unix)]
#[test]
fn a_kill_loses_nothing_that_was_answered() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let (mut collector, addr) =
        listening(Command::new(PROGRAM).args(["collector", "--port", "0", "-o"]).arg(&path));
    let client = thread::spawn(move || {
        let is_accepted =
            |&number: &u64| post(addr, event(number).as_bytes()).is_ok_and(|status| status == 200);
        (0..u64::MAX).take_while(is_accepted).count()
    });
    while !path.exists() || fs::metadata(&path).unwrap().len() < 50_000 {
        thread::yield_now();
    }
    collector.kill().unwrap();
    collector.wait().unwrap();
    let answered = client.join().unwrap();
    let written = lines(&path);
    let expected: Vec<_> = (0..written.len() as u64).map(event).collect();
    assert_eq!(written, expected);
    assert!(written.len() == answered || written.len() == answered + 1, "{answered} answered");
}

#[cfg(unix)]
#[test]
fn a_hang_up_stops_it_as_sigterm_does() {
    for signal in ["-HUP", "-TERM"] {
        let (mut collector, addr) =
            listening(Command::new(PROGRAM).args(["collector", "--port", "0"]));
        assert_eq!(post(addr, event(1).as_bytes()).unwrap(), 200);
        let id = collector.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
        assert_eq!(collector.wait().unwrap().code(), Some(0), "{signal}");
    }
}

/// A limit on the size of files is answered 507 as a full disk is. The old name of the command works.
#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_is_answered_507() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("received.jsonl");
    let (mut collector, addr) =
        listening(with_small_files().args(["sink", "--port", "0", "-o"]).arg(&path));
    let statuses: Vec<_> = (0..200).map(|n| post(addr, event(n).as_bytes()).unwrap()).collect();
    let accepted = statuses.iter().take_while(|&&status| status == 200).count();
    assert!(accepted > 0 && accepted < 200, "{accepted}");
    assert!(statuses.iter().skip(accepted).all(|&status| status == 507), "{statuses:?}");
    assert_eq!(lines(&path), (0..accepted as u64).map(event).collect::<Vec<_>>());
    let id = collector.id().to_string();
    assert!(Command::new("kill").arg(id).status().unwrap().success());
    assert_eq!(collector.wait().unwrap().code(), Some(1));
}

#[cfg(unix)]
#[test]
fn a_timeline_that_may_not_grow_fails_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let generated = with_small_files()
        .args(["generate", "quick-test", "--users", "2000", "-o", "timeline.jsonl"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    let message = String::from_utf8(generated.stderr).unwrap();
    assert_eq!(generated.status.code(), Some(1), "{message}");
    assert!(message.contains("cannot write timeline.jsonl"), "{message}");
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

/// A body of 64 MB that is refused takes no multiple of that.
#[cfg(target_os = "linux")]
#[test]
fn an_array_of_numbers_takes_no_memory_for_each() {
    let (mut collector, addr) = listening(Command::new(PROGRAM).args(["collector", "--port", "0"]));
    let numbers = format!("[{}1]", "1,".repeat(32_000_000));
    assert_eq!(post(addr, numbers.as_bytes()).unwrap(), 422);
    let status = fs::read_to_string(format!("/proc/{}/status", collector.id())).unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let peak_kib: u64 = peak.trim().strip_suffix(" kB").unwrap().parse().unwrap();
    collector.kill().unwrap();
    collector.wait().unwrap();
    assert!(peak_kib < 200 * 1024, "{peak_kib} KiB");
}
