//! Whose socket is at the other end of a connection on loopback, as the kernel's own tables tell it.
//!
//! Only Linux tells. Both ends of such a connection are sockets of one network namespace, so both are in
//! `/proc/net/tcp` (an end that is an IPv6 socket: in `tcp6`), which shows the namespace of the process
//! that reads. Their owners are compared with each other as they stand there, not with an id of this
//! process: in a user namespace both are shown in its terms.
//!
//! Tables that do not even have our own end tell nothing: `/proc` is not mounted, is mounted without
//! them (`subset=pid`), or is an imitation. No other user can bring that about. Tables that have our
//! end, and not the other one, tell that who was there is gone: it closed without waiting for an answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// The tables are read row by row while sockets come and go, and may miss one in a busy moment.
const TRIES: usize = 3;

/// The owner of the other end, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// The owner of our own end.
    Same,
    /// Somebody else, by their user id.
    Other(u32),
    /// Nobody any more; or the connection came in from outside of this kernel's sockets.
    Gone,
    /// It cannot be told here.
    Unknown,
}

/// The owner of the end at `from` of a connection to `to`, which is ours.
pub async fn of_connection(from: SocketAddr, to: SocketAddr) -> Owner {
    if !cfg!(target_os = "linux") {
        return Owner::Unknown;
    }
    // Where there are very many sockets, the tables take a while.
    let looked_up = tokio::task::spawn_blocking(move || {
        let mut owner = Owner::Gone;
        for _ in 0..TRIES {
            let Some(tcp) = table("/proc/net/tcp") else {
                return Owner::Unknown;
            };
            // Without IPv6 there is no such table.
            let tcp6 = table("/proc/net/tcp6").unwrap_or_default();
            owner = owner_in(&tcp, &tcp6, from, to);
            if owner != Owner::Gone {
                break;
            }
        }
        owner
    });
    looked_up.await.unwrap_or(Owner::Unknown)
}

fn table(path: &str) -> Option<String> {
    let bytes = crate::config::file::read(Path::new(path)).ok()?;
    String::from_utf8(bytes).ok()
}

fn owner_in(tcp: &str, tcp6: &str, from: SocketAddr, to: SocketAddr) -> Owner {
    let (IpAddr::V4(from_ip), IpAddr::V4(to_ip)) = (from.ip(), to.ip()) else {
        return Owner::Unknown;
    };
    let [there, here] = [(from_ip, from.port()), (to_ip, to.port())];
    let Some(own) = row(tcp, &v4(here), &v4(there)) else {
        return Owner::Unknown;
    };
    let other = row(tcp, &v4(there), &v4(here)).or_else(|| row(tcp6, &v6(there), &v6(here)));
    match other {
        // A socket without an inode belongs to no process; its owner is shown as root then.
        None | Some(Row { inode: 0, .. }) => Owner::Gone,
        Some(other) if other.uid == own.uid => Owner::Same,
        Some(other) => Owner::Other(other.uid),
    }
}

/// What is of interest of a socket.
struct Row {
    uid: u32,
    inode: u64,
}

/// The row of a connection: its third and second columns are where it ends, and where it begins.
fn row(table: &str, local: &str, remote: &str) -> Option<Row> {
    table.lines().find_map(|line| {
        let mut columns = line.split_ascii_whitespace().skip(1);
        if columns.next()? != local || columns.next()? != remote {
            return None;
        }
        let mut columns = columns.skip(4);
        let uid = columns.next()?.parse().ok()?;
        let inode = columns.nth(1)?.parse().ok()?;
        Some(Row { uid, inode })
    })
}

/// An address as the tables write it: words of 32 bits, each as this machine has it in memory.
fn v4((ip, port): (Ipv4Addr, u16)) -> String {
    format!("{:08X}:{port:04X}", u32::from_ne_bytes(ip.octets()))
}

/// The same address at an IPv6 socket.
fn v6((ip, port): (Ipv4Addr, u16)) -> String {
    let mapped = u32::from_ne_bytes([0, 0, 0xff, 0xff]);
    format!("{:016X}{mapped:08X}{}", 0, v4((ip, port)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

    fn line(local: &str, remote: &str, uid: u32, inode: u64) -> String {
        format!(
            "   7: {local} {remote} 01 00000000:00000000 00:00000000 00000000 {uid:>5}        0 {inode} 1 0000000000000000 20 4 30 10 -1\n"
        )
    }

    #[test]
    fn the_owner_is_read_from_both_ends() {
        let from: SocketAddr = "127.0.0.1:40000".parse().unwrap();
        let to: SocketAddr = "127.0.0.1:5000".parse().unwrap();
        let localhost = (Ipv4Addr::LOCALHOST, 40_000);
        let own = (Ipv4Addr::LOCALHOST, 5000);
        let (here, there) = (v4(own), v4(localhost));
        let mine = line(&here, &there, 1000, 11);
        let of = |tcp: &str, tcp6: &str| owner_in(&format!("{HEAD}{tcp}"), tcp6, from, to);
        assert_eq!(of("", ""), Owner::Unknown, "our own end is not there");
        assert_eq!(of(&line(&there, &here, 0, 12), ""), Owner::Unknown);
        assert_eq!(of(&mine, ""), Owner::Gone);
        for (uid, inode, owner) in [
            (1000, 12, Owner::Same),
            (1001, 12, Owner::Other(1001)),
            (0, 12, Owner::Other(0)),
            (1000, 0, Owner::Gone),
        ] {
            let other = line(&there, &here, uid, inode);
            assert_eq!(of(&format!("{other}{mine}"), ""), owner, "{uid}, {inode}");
            let other = line(&v6(localhost), &v6(own), uid, inode);
            assert_eq!(
                of(&mine, &format!("{HEAD}{other}")),
                owner,
                "{uid}, {inode}"
            );
        }
        // A row that is cut off, as of another kernel, tells nothing.
        assert_eq!(of(&format!("1: {here} {there} 01\n"), ""), Owner::Unknown);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_kernel_tells_of_a_real_connection() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            let to = listener.local_addr().unwrap();
            let client = tokio::net::TcpStream::connect(to).await.unwrap();
            let (_stream, from) = listener.accept().await.unwrap();
            assert_eq!(of_connection(from, to).await, Owner::Same);
            drop(client);
            assert_eq!(of_connection(from, to).await, Owner::Gone);
            let six = tokio::net::TcpSocket::new_v6();
            let mapped = SocketAddr::new(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(), to.port());
            // Without IPv6 there is nothing to see.
            if let Ok(socket) = six
                && let Ok(_client) = socket.connect(mapped).await
            {
                let (_stream, from) = listener.accept().await.unwrap();
                assert_eq!(of_connection(from, to).await, Owner::Same);
            }
        });
    }
}
