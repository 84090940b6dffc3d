//! The owner of the other end of a loopback connection, from the kernel's tables, and the peers that a
//! listener allows.
//!
//! Only Linux reports it. Both ends of such a connection are sockets of one network namespace, so both are in
//! `/proc/net/tcp` (an end that is an IPv6 socket: in `tcp6`), which shows the namespace of the process
//! that reads. Their owners are compared with each other as they are there, not with an id of this
//! process: in a user namespace both are shown in its terms.
//!
//! The tables are probed once, when the listener exists and no program knows of it yet: tables without it are
//! useless. `/proc` is then not mounted, is mounted without them (`subset=pid`), or is an imitation. Even a
//! usable table may miss rows for a moment, and other users can cause such moments. A connection without a
//! row therefore has no known owner; it is not accepted as the user's.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

/// The tables are read row by row while sockets come and go, and may miss one in a busy moment.
const TRIES: usize = 3;

/// The owner of the other end, as far as it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The owner of our own end.
    Same,
    /// Another user, by their user id.
    Other(u32),
    /// No owner: the connection is closed, or comes from outside of this kernel's sockets.
    Closed,
    /// This system does not report it.
    Unknown,
}

/// The peers that a listener allows. Where the system does not tell owners, all are allowed: the caller
/// has a secret (a token, a `state`) or a confirmation beside this check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peers {
    /// This user's programs. Root is refused, too: a proxy that runs as root connects for any user.
    User,
    /// This user's programs, and the relay between Windows and WSL: it runs as root, or outside of this
    /// kernel.
    UserOrRelay,
    /// This user's programs and root's: a child that runs under `sudo`. Root can read our memory anyway.
    UserOrRoot,
}

impl Peers {
    pub(super) fn include(self, owner: Owner) -> bool {
        match owner {
            Owner::Same | Owner::Unknown => true,
            Owner::Other(0) => self != Self::User,
            Owner::Closed => self == Self::UserOrRelay,
            Owner::Other(_) => false,
        }
    }
}

/// The owners of those who connect to one listener of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConnectionOwners {
    listener: SocketAddr,
    told: bool,
}

impl ConnectionOwners {
    /// Checks that the system tells the owners, before any program knows of the listener.
    pub(crate) async fn of_listener(listener: SocketAddr) -> Self {
        let told = cfg!(target_os = "linux") && {
            let looked_up = tokio::task::spawn_blocking(move || {
                table("/proc/net/tcp").is_some_and(|tcp| has_listener(&tcp, listener))
            });
            looked_up.await.unwrap_or(false)
        };
        if !told {
            tracing::info!("this system does not report the owners of connections");
        }
        Self { listener, told }
    }

    /// The owner of the end at `from` of a connection to the listener.
    pub(crate) async fn of_connection(self, from: SocketAddr) -> Owner {
        if !self.told {
            return Owner::Unknown;
        }
        // Where there are very many sockets, the tables take a while.
        let looked_up = tokio::task::spawn_blocking(move || {
            (0..TRIES)
                .find_map(|_| {
                    let tcp = table("/proc/net/tcp")?;
                    // Without IPv6 there is no such table.
                    let tcp6 = table("/proc/net/tcp6").unwrap_or_default();
                    owner_in(&tcp, &tcp6, from, self.listener)
                })
                .unwrap_or(Owner::Closed)
        });
        looked_up.await.unwrap_or(Owner::Closed)
    }
}

fn table(path: &str) -> Option<String> {
    let bytes = crate::config::file::read(Path::new(path)).ok()?;
    String::from_utf8(bytes).ok()
}

fn has_listener(tcp: &str, listener: SocketAddr) -> bool {
    let nowhere = v4((Ipv4Addr::UNSPECIFIED, 0));
    v4_of(listener).is_some_and(|here| row(tcp, &v4(here), &nowhere).is_some())
}

/// The owner of the end at `from`; `None`: the tables do not have both ends, with their processes.
fn owner_in(tcp: &str, tcp6: &str, from: SocketAddr, to: SocketAddr) -> Option<Owner> {
    let (there, here) = (v4_of(from)?, v4_of(to)?);
    let own = row(tcp, &v4(here), &v4(there))?;
    let other = row(tcp, &v4(there), &v4(here)).or_else(|| row(tcp6, &v6(there), &v6(here)))?;
    // A socket without an inode belongs to no process any more; its owner is shown as root then.
    if other.inode == 0 {
        return None;
    }
    Some(if other.uid == own.uid {
        Owner::Same
    } else {
        Owner::Other(other.uid)
    })
}

fn v4_of(address: SocketAddr) -> Option<(Ipv4Addr, u16)> {
    match address.ip() {
        IpAddr::V4(ip) => Some((ip, address.port())),
        IpAddr::V6(_) => None,
    }
}

/// The relevant columns of a socket's row.
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
        assert_eq!(of("", ""), None);
        assert_eq!(of(&line(&there, &here, 1000, 12), ""), None, "one end");
        assert_eq!(of(&mine, ""), None, "the other end");
        for (uid, inode, owner) in [
            (1000, 12, Some(Owner::Same)),
            (1001, 12, Some(Owner::Other(1001))),
            (0, 12, Some(Owner::Other(0))),
            (1000, 0, None),
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
        let other = line(&there, &here, 1000, 12);
        assert_eq!(of(&format!("{other}1: {here} {there} 01\n"), ""), None);
        let listening = |remote: &str| has_listener(&line(&here, remote, 1000, 11), to);
        assert!(listening("00000000:0000"));
        assert!(!listening(&there) && !has_listener(HEAD, to));
    }

    #[test]
    fn each_kind_of_listener_allows_its_peers() {
        for (owner, user, relay, root) in [
            (Owner::Same, true, true, true),
            (Owner::Unknown, true, true, true),
            (Owner::Other(1001), false, false, false),
            (Owner::Other(0), false, true, true),
            (Owner::Closed, false, true, false),
        ] {
            assert_eq!(Peers::User.include(owner), user, "{owner:?}");
            assert_eq!(Peers::UserOrRelay.include(owner), relay, "{owner:?}");
            assert_eq!(Peers::UserOrRoot.include(owner), root, "{owner:?}");
        }
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
            let owners = ConnectionOwners::of_listener(to).await;
            assert!(owners.told);
            let client = tokio::net::TcpStream::connect(to).await.unwrap();
            let (_stream, from) = listener.accept().await.unwrap();
            assert_eq!(owners.of_connection(from).await, Owner::Same);
            let six = tokio::net::TcpSocket::new_v6();
            let mapped = SocketAddr::new(Ipv4Addr::LOCALHOST.to_ipv6_mapped().into(), to.port());
            // Without IPv6 there is nothing to see.
            if let Ok(socket) = six
                && let Ok(_client) = socket.connect(mapped).await
            {
                let (_stream, from) = listener.accept().await.unwrap();
                assert_eq!(owners.of_connection(from).await, Owner::Same);
            }
            drop(client);
            assert_eq!(owners.of_connection(from).await, Owner::Closed);
            drop(listener);
            let untold = ConnectionOwners::of_listener(to).await;
            assert_eq!(untold.of_connection(from).await, Owner::Unknown);
        });
    }
}
