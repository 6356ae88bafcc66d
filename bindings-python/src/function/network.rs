//! Connections, datagrams, sockets that listen, and look-ups.
//!
//! Look-ups are asked about by name here, and by answer where they are answered
//! (`replaced.rs`).

use std::borrow::Cow;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};
use std::str;

use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyByteArray, PyBytes, PyString, PyTuple};
use wardline::{Activity, Address, Direction, Dns, Invalid, Kind, Network, Protocol};

use super::given::{self, at};
use super::hook::Inside;
use super::system;
use super::watch::{Answer, Question, Watch, watch};

/// What the class below every socket says of one, whatever classes above it say.
static SOCKET: PyOnceLock<[Py<PyAny>; 3]> = PyOnceLock::new();
const FAMILY: usize = 0;
const NUMBER: usize = 1;
const BOUND: usize = 2;

/// Keeps what tells of a socket before the program can change it.
pub(crate) fn prepare(py: Python<'_>) -> PyResult<()> {
    let class = py.import("_socket")?.getattr("socket")?;
    let member = |name| Ok::<_, PyErr>(class.getattr(name)?.unbind());
    let _ = SOCKET.set(py, [member("family")?, member("fileno")?, member("getsockname")?]);
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

/// The event is raised when CPython has read the address, so what is here is what it
/// took: what is not understood is no call that fails by itself.
fn peer(call: &'static str, direction: Direction, args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = watch().filter(|watch| watch.asks(Kind::Network)) else { return Ok(()) };
    let address = at(args, 1);
    // Whatever else is an address, CPython takes only tuples for one of IPv4 and IPv6, and
    // `sendmsg` none on a socket that is connected.
    let Ok(address) = address.cast::<PyTuple>() else { return Ok(()) };
    let (py, socket) = (args.py(), at(args, 0));
    let family = number_of(FAMILY, &socket);
    // Other families have other addresses: names of files, numbers. What the object says
    // its family is the program chose, and CPython reads an address of RDS as one of IPv4:
    // the kernel is asked about the rest.
    if !matches!(family, Some(libc::AF_INET | libc::AF_INET6 | libc::AF_RDS) | None)
        && number_of(NUMBER, &socket).and_then(system::socket_family).is_some_and(is_other)
    {
        return Ok(());
    }
    let (host, mut malformed) = match Host::used(&at(address, 0)) {
        Host::Name(host) => (host, None),
        Host::Strange(host, code) if !host.is_empty() => (host, Some(code)),
        Host::Strange(..) | Host::Nothing => return watch.strange(py, call, Kind::Network),
    };
    let port = given::number(&at(address, 1));
    if port.is_none() {
        // It says which number it is when it is asked, a different one each time.
        malformed = malformed.or(Some(Invalid::FieldType));
    }
    let port = port.and_then(|port| u16::try_from(port).ok()).filter(|&port| port != 0);
    let protocol = protocol(&socket);
    let connection =
        Connection { py, watch, call, direction, port, protocol, malformed, socket: &socket };
    match literal(&host) {
        // Nothing before the port is every address of the family.
        Some(_) if host.is_empty() && family == Some(libc::AF_INET6) => {
            connection.ask(Some(Ipv6Addr::UNSPECIFIED.into()), None, &host)
        }
        Some(ip) => connection.ask(Some(ip), None, &host),
        None => connection.by_name(&host),
    }
}

/// Whether a family of addresses is neither IPv4 nor IPv6.
fn is_other(family: i32) -> bool {
    !matches!(family, libc::AF_INET | libc::AF_INET6)
}

struct Connection<'a, 'py> {
    py: Python<'py>,
    watch: &'a Watch,
    call: &'static str,
    direction: Direction,
    port: Option<u16>,
    protocol: Option<Protocol>,
    malformed: Option<Invalid>,
    socket: &'a Bound<'py, PyAny>,
}

impl Connection<'_, '_> {
    /// Asks about one peer. One that is nowhere is this host for the system, and asked
    /// about as that too.
    fn ask(&self, ip: Option<IpAddr>, domain: Option<&[u8]>, host: &[u8]) -> Answer {
        self.ask_once(ip, domain, host)?;
        if self.direction != Direction::Outbound {
            return Ok(());
        }
        let Some(local) = ip.and_then(loopback) else { return Ok(()) };
        self.ask_once(Some(local), domain, host)?;
        // What the system takes instead depends on the address that the socket has: itself
        // in IPv4, and 127.0.0.1 for `::` if that is one of IPv4.
        let further = match (local, bound(self.socket)) {
            (IpAddr::V4(_), Some(own)) if own != local && loopback(own).is_none() => own,
            (IpAddr::V6(_), Some(IpAddr::V4(_))) => Ipv4Addr::LOCALHOST.into(),
            _ => return Ok(()),
        };
        self.ask_once(Some(further), domain, host)
    }

    fn ask_once(&self, ip: Option<IpAddr>, domain: Option<&[u8]>, host: &[u8]) -> Answer {
        let Connection { direction, port, protocol, malformed, .. } = *self;
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
                malformed,
            },
        )
    }

    /// A name that the call itself looks up: asked about, and with every address
    /// that it leads to.
    fn by_name(&self, host: &[u8]) -> Answer {
        self.ask(None, Some(host), host)?;
        // Of a name that is none of Python's nobody knows where it leads.
        let Some(name) = str::from_utf8(host).ok().filter(|name| name.is_ascii()) else {
            return Ok(());
        };
        let port = self.port.unwrap_or(0);
        let found = self.py.detach(|| (name, port).to_socket_addrs());
        let mut found = found.into_iter().flatten().peekable();
        if found.peek().is_none() {
            // The call has found an address, which is not this look-up's to know.
            let malformed = Some(Invalid::MissingField);
            return Connection { malformed, ..*self }.ask(None, Some(host), host);
        }
        for found in found {
            self.ask(Some(found.ip()), Some(host), host)?;
        }
        Ok(())
    }
}

/// Where the system connects to for an address that is none.
fn loopback(ip: IpAddr) -> Option<IpAddr> {
    match ip.to_canonical() {
        IpAddr::V4(ip) if ip.is_unspecified() => Some(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => Some(Ipv6Addr::LOCALHOST.into()),
        _ => None,
    }
}

/// The address that a socket is bound to.
fn bound(socket: &Bound<'_, PyAny>) -> Option<IpAddr> {
    let address = asked(BOUND, socket)?;
    let address = address.cast::<PyTuple>().ok()?;
    Some(literal(&given::text(&at(address, 0))?)?.to_canonical())
}

/// `getaddrinfo(host, …)`, `gethostbyname(name)`, `gethostbyaddr(address)`.
pub(crate) fn look_up(args: &Bound<'_, PyTuple>) -> Answer {
    let Some(watch) = watch().filter(|watch| watch.asks(Kind::Dns)) else { return Ok(()) };
    looked_up(args.py(), watch, &Host::read(&at(args, 0)), &[], &[])
}

/// Asks about a look-up, before it is made or with what it gave.
pub(crate) fn looked_up(
    py: Python<'_>,
    watch: &Watch,
    host: &Host,
    answers: &[IpAddr],
    cnames: &[Vec<u8>],
) -> Answer {
    const CALL: &str = "getaddrinfo";
    let (name, malformed) = match host {
        Host::Name(name) if literal(name).is_some() => return Ok(()),
        Host::Name(name) => (name, None),
        Host::Strange(name, code) => (name, Some(*code)),
        // This host.
        Host::Nothing => return Ok(()),
    };
    let answers: Vec<_> = answers.iter().copied().map(address).collect();
    // In text above ASCII if the program wants that (AI_CANONIDN).
    let mapped = |name| wardline::map_domain(name).unwrap_or(Cow::Borrowed(name));
    let cnames: Vec<_> = cnames.iter().map(|name| mapped(name)).collect();
    let cnames: Vec<_> = cnames.iter().map(|name| &**name).collect();
    watch.ask(
        py,
        &Question {
            call: CALL,
            name,
            activity: Activity::Dns(Dns { name, answers: &answers, cnames: &cnames }),
            program: None,
            malformed,
        },
    )
}

/// A host as a call gives it. CPython makes a name of text above ASCII, and of text of
/// other classes, by its codec `idna`: code in Python that maps otherwise than UTS 46
/// does, that a program can replace, and that calls methods of the text.
pub(crate) enum Host {
    /// What is looked up, byte for byte: ASCII.
    Name(Vec<u8>),
    /// What it becomes, nobody can say; as far as it can be shown.
    Strange(Vec<u8>, Invalid),
    /// None.
    Nothing,
}

impl Host {
    /// What the interpreter takes as it is, and what not.
    pub(crate) fn read(object: &Bound<'_, PyAny>) -> Host {
        if let Ok(bytes) = object.cast::<PyBytes>() {
            return Host::of(bytes.as_bytes().to_vec());
        }
        if let Ok(bytes) = object.cast::<PyByteArray>() {
            return Host::of(bytes.to_vec());
        }
        if let Ok(text) = object.cast::<PyString>() {
            let Ok(name) = text.to_str() else {
                return Host::Strange(Vec::new(), Invalid::Domain);
            };
            let name = name.as_bytes().to_vec();
            return match object.is_exact_instance_of::<PyString>() {
                true => Host::of(name),
                false => Host::Strange(name, Invalid::FieldType),
            };
        }
        if object.is_none() { Host::Nothing } else { Host::Strange(Vec::new(), Invalid::FieldType) }
    }

    /// As `read`, of a call that has used it before it is asked about: what can be
    /// changed may have been something else then.
    fn used(object: &Bound<'_, PyAny>) -> Host {
        match Host::read(object) {
            Host::Name(name) if object.is_instance_of::<PyByteArray>() => {
                Host::Strange(name, Invalid::FieldType)
            }
            host => host,
        }
    }

    /// As `read`, of a call that is given what is found here in the place of the
    /// object: any text becomes a name by UTS 46.
    pub(crate) fn encoded(object: &Bound<'_, PyAny>) -> Host {
        let Ok(text) = object.cast::<PyString>() else { return Host::read(object) };
        let Ok(name) = text.to_str() else { return Host::read(object) };
        match wardline::map_domain(name.as_bytes()) {
            Some(name) => Host::of(name.into_owned()),
            None => Host::Strange(name.as_bytes().to_vec(), Invalid::Domain),
        }
    }

    fn of(name: Vec<u8>) -> Host {
        match name.is_ascii() {
            true => Host::Name(name),
            false => Host::Strange(name, Invalid::Domain),
        }
    }
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

fn address(ip: IpAddr) -> Address<'static> {
    match ip {
        IpAddr::V4(ip) => Address::V4(ip.octets()),
        IpAddr::V6(ip) => Address::V6(ip.octets()),
    }
}

/// The object says of its type what the program wanted it to say.
fn protocol(socket: &Bound<'_, PyAny>) -> Option<Protocol> {
    match system::socket_type(number_of(NUMBER, socket)?)? {
        libc::SOCK_STREAM => Some(Protocol::Tcp),
        libc::SOCK_DGRAM => Some(Protocol::Udp),
        _ => None,
    }
}

fn number_of(member: usize, socket: &Bound<'_, PyAny>) -> Option<i32> {
    given::number(&asked(member, socket)?)
}

/// A member of a socket, or what a method of it gives; `None` of what is no socket.
fn asked<'py>(member: usize, socket: &Bound<'py, PyAny>) -> Option<Bound<'py, PyAny>> {
    let own = SOCKET.get(socket.py())?.get(member)?.bind(socket.py());
    Inside::pause(|| match member {
        FAMILY => own.call_method1("__get__", (socket,)).ok(),
        _ => own.call1((socket,)).ok(),
    })
}
