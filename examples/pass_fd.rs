//! A region without a name, given to another program in two ways: through a Unix socket, and by inheritance.
//!
//! Run it with `cargo run --example pass_fd`; it starts itself as the other program.

use std::error::Error;
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use shmcore::{Shared, ShmSafe, create_shared};

#[derive(ShmSafe)]
#[repr(C)]
struct Progress {
    done: AtomicU64,
    total: AtomicU64,
}

fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args().nth(1).as_deref() {
        None => give()?,
        Some("inherit") => work(&Shared::inherited("PROGRESS")?),
        Some(socket) => work(&Shared::recv_from(&UnixStream::connect(socket)?)?),
    }
    Ok(())
}

fn give() -> Result<(), Box<dyn Error>> {
    let progress = create_shared::<Progress>()?;
    progress.total.store(10, Ordering::Relaxed);

    let mut worker = Command::new(std::env::current_exe()?);
    progress.inherit_to(worker.arg("inherit"), "PROGRESS")?;
    let status = worker.status()?;
    println!("after the heir ({status}): {} of 10", progress.done.load(Ordering::Relaxed));

    let folder = std::env::temp_dir().join(format!("shmcore-pass-fd-{}", std::process::id()));
    std::fs::create_dir(&folder)?;
    let path = folder.join("socket");
    let listener = std::os::unix::net::UnixListener::bind(&path)?;
    let mut worker = Command::new(std::env::current_exe()?).arg(&path).spawn()?;
    let (socket, _) = listener.accept()?;
    progress.send_to(&socket)?;
    let status = worker.wait()?;
    println!("after the receiver ({status}): {} of 10", progress.done.load(Ordering::Relaxed));
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

fn work(progress: &Shared<Progress>) {
    for _ in 0..progress.total.load(Ordering::Relaxed) / 2 {
        progress.done.fetch_add(1, Ordering::Relaxed);
    }
}
