//! Connections, datagrams, sockets that listen, and look-ups.
//!
//! Look-ups are asked about by name here, and by answer where they are answered
//! (`replaced.rs`).

use std::net::{IpAddr, ToSocketAddrs};
use std::str;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyTuple};
use wardline::{Activity, Address, Direction, Dns, Invalid, Kind, Network, Protocol};

use super::given::{self, at};
use super::hook::Inside;
use super::system;
use super::watch::{Answer, Question, Watch, watch};

/// `type` of the class below every socket, whatever classes above it say.
static SOCKET_TYPE: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// Keeps what tells a socket's type before the program can change it.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let kind = py.import("_socket")?.getattr("socket")?.getattr("type")?;
    let _ = SOCKET_TYPE.set(py, kind.unbind());
    Ok(())
}

pub(crate) fn connect(args: &Bound<'_, PyTuple>) -> Answer {
    peer("socket.connect", Direction::Outbound, args)
}

/// `sendto` and `sendmsg`, which name no address on a socket that is connected.
pub(crate) fn send(args: &Bound<'_, PyTuple>) -> Answer {
    peer("socket.sendto", Direction::Outbound, args)
}

pub(crate) fn bind(args: &Bound<'_, PyTuple>) -> Answer {
    peer("socket.bind", Direction::Listen, args)
}

fn peer(call: &'static str, direction: Direction, args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = watch().filter(|watch| watch.asks(Kind::Network)) else { return Ok(()) };
    // Other families have other addresses: names of files, numbers.
    let address = at(args, 1);
    let Ok(address) = address.cast::<PyTuple>() else { return Ok(()) };
    if !matches!(address.len(), 2 | 4) || given::number(&at(address, 1)).is_none() {
        return Ok(());
    }
    let py = args.py();
    let first = at(address, 0);
    let Some(host) = host(&first) else {
        if given::number(&first).is_some() {
            return Ok(());
        }
        return watch.ask(
            py,
            &Question {
                call,
                name: b"",
                activity: Activity::Unknown(Some(Kind::Network)),
                program: None,
                malformed: Some(Invalid::FieldType),
            },
        );
    };
    let port = given::number(&at(address, 1)).and_then(|port| u16::try_from(port).ok());
    let port = port.filter(|&port| port != 0);
    let connection =
        Connection { py, watch, call, direction, port, protocol: protocol(&at(args, 0)) };
    match literal(&host) {
        Some(ip) => connection.ask(Some(ip), None, &host),
        None => connection.by_name(&host),
    }
}

struct Connection<'a> {
    py: Python<'a>,
    watch: &'a Watch,
    call: &'static str,
    direction: Direction,
    port: Option<u16>,
    protocol: Option<Protocol>,
}

impl Connection<'_> {
    fn ask(&self, ip: Option<IpAddr>, domain: Option<&[u8]>, host: &[u8]) -> Answer {
        let Connection { direction, port, protocol, .. } = *self;
        let network = Network { direction, ip: ip.map(address), domain, port, protocol };
        let name = match port {
            Some(port) => [host, b":", port.to_string().as_bytes()].concat(),
            None => host.to_vec(),
        };
        self.watch.ask(
            self.py,
            &Question {
                call: self.call,
                name: &name,
                activity: Activity::Network(network),
                program: None,
                malformed: None,
            },
        )
    }

    /// A name that the call itself looks up: asked about, and with every address
    /// that it leads to.
    fn by_name(&self, host: &[u8]) -> Answer {
        let domain = mapped(host);
        self.ask(None, Some(&domain), host)?;
        let Ok(name) = str::from_utf8(&domain) else { return Ok(()) };
        let port = self.port.unwrap_or(0);
        let found = self.py.detach(|| (name, port).to_socket_addrs());
        // A name that cannot be looked up now fails in the call.
        for found in found.into_iter().flatten() {
            self.ask(Some(found.ip()), Some(&domain), host)?;
        }
        Ok(())
    }
}

/// `getaddrinfo(host, …)`, `gethostbyname(name)`, `gethostbyaddr(address)`.
pub(crate) fn look_up(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = watch().filter(|watch| watch.asks(Kind::Dns)) else { return Ok(()) };
    match host(&at(args, 0)) {
        Some(name) => looked_up(args.py(), watch, &name, &[], &[]),
        None => Ok(()),
    }
}

/// Asks about a look-up, before it is made or with what it gave.
pub(crate) fn looked_up(
    py: Python<'_>,
    watch: &Watch,
    name: &[u8],
    answers: &[IpAddr],
    cnames: &[Vec<u8>],
) -> Answer {
    if literal(name).is_some() {
        return Ok(());
    }
    let domain = mapped(name);
    let answers: Vec<_> = answers.iter().copied().map(address).collect();
    let cnames: Vec<_> = cnames.iter().map(Vec::as_slice).collect();
    watch.ask(
        py,
        &Question {
            call: "getaddrinfo",
            name,
            activity: Activity::Dns(Dns { name: &domain, answers: &answers, cnames: &cnames }),
            program: None,
            malformed: None,
        },
    )
}

/// A host as Python takes it: `str`, `bytes` or `bytearray`.
pub(crate) fn host(object: &Bound<'_, PyAny>) -> Option<Vec<u8>> {
    given::text(object).or_else(|| Some(object.cast::<PyByteArray>().ok()?.to_vec()))
}

/// An address that stands for itself, in any form the system takes.
pub(crate) fn literal(host: &[u8]) -> Option<IpAddr> {
    match host {
        b"" => Some(IpAddr::from([0; 4])),
        b"<broadcast>" => Some(IpAddr::from([255; 4])),
        _ => str::from_utf8(host)
            .ok()
            .and_then(|host| host.parse().ok())
            .or_else(|| system::numeric(host)),
    }
}

/// The name in A-labels; one that has none is compared as it is.
fn mapped(name: &[u8]) -> Vec<u8> {
    wardline::map_domain(name).map_or_else(|| name.to_vec(), |mapped| mapped.into_owned())
}

fn address(ip: IpAddr) -> Address<'static> {
    match ip {
        IpAddr::V4(ip) => Address::V4(ip.octets()),
        IpAddr::V6(ip) => Address::V6(ip.octets()),
    }
}

fn protocol(socket: &Bound<'_, PyAny>) -> Option<Protocol> {
    let kind = SOCKET_TYPE.get(socket.py())?.bind(socket.py());
    let number = Inside::pause(|| kind.call_method1("__get__", (socket,)).ok())?;
    let number = given::number(&number)?;
    match number & 0xff {
        libc::SOCK_STREAM => Some(Protocol::Tcp),
        libc::SOCK_DGRAM => Some(Protocol::Udp),
        _ => None,
    }
}
