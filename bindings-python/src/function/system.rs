//! The few calls to the system that the standard library has no name for.
#![allow(unsafe_code, reason = "each is one call of libc with plain arguments")]

use std::ffi::CString;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

/// The effective user.
pub(crate) fn effective_user() -> u32 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether a few kilobytes can be written now, or become writable within `patience`.
pub(crate) fn is_writable(file: BorrowedFd<'_>, patience: Duration) -> bool {
    let mut asked = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    let patience = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: one `pollfd`, which lives until the call returns.
    let ready = unsafe { libc::poll(&mut asked, 1, patience) };
    ready == 1 && asked.revents & libc::POLLOUT != 0
}

/// A variable of the process itself, whatever Python's copy says.
pub(crate) fn variable(name: &str) -> Option<Vec<u8>> {
    let value = std::env::var_os(name)?;
    Some(std::os::unix::ffi::OsStringExt::into_vec(value))
}

/// What kind of socket a descriptor is.
pub(crate) fn socket_type(descriptor: i32) -> Option<i32> {
    socket_option(descriptor, libc::SO_TYPE)
}

/// The family of the addresses of a socket.
pub(crate) fn socket_family(descriptor: i32) -> Option<i32> {
    socket_option(descriptor, libc::SO_DOMAIN)
}

fn socket_option(descriptor: i32, option: i32) -> Option<i32> {
    let mut value: libc::c_int = 0;
    let mut length = libc::socklen_t::try_from(size_of_val(&value)).ok()?;
    // SAFETY: `value` and `length` are written, `length` bytes at most.
    let failed = unsafe {
        let value = (&raw mut value).cast();
        libc::getsockopt(descriptor, libc::SOL_SOCKET, option, value, &raw mut length)
    };
    (failed == 0).then_some(value)
}

/// An address in any form that the system takes without asking a server: `127.1`
/// and `0x7f000001` are numbers too.
pub(crate) fn numeric(host: &[u8]) -> Option<IpAddr> {
    let host = CString::new(host).ok()?;
    let hints = libc::addrinfo {
        ai_flags: libc::AI_NUMERICHOST,
        ai_family: libc::AF_UNSPEC,
        ai_socktype: libc::SOCK_STREAM,
        ai_protocol: 0,
        ai_addrlen: 0,
        ai_addr: std::ptr::null_mut(),
        ai_canonname: std::ptr::null_mut(),
        ai_next: std::ptr::null_mut(),
    };
    let mut found = std::ptr::null_mut();
    // SAFETY: `host` ends with NUL, `hints` holds only flags, `found` is written.
    if unsafe { libc::getaddrinfo(host.as_ptr(), std::ptr::null(), &hints, &mut found) } != 0 {
        return None;
    }
    // SAFETY: on success `found` is a list that is ours until it is freed; an entry
    // of these families has an address of the type that belongs to it.
    unsafe {
        let address = match found.as_ref() {
            Some(first) if first.ai_family == libc::AF_INET => {
                let address = first.ai_addr.cast::<libc::sockaddr_in>().read_unaligned();
                Some(IpAddr::V4(Ipv4Addr::from(u32::from_be(address.sin_addr.s_addr))))
            }
            Some(first) if first.ai_family == libc::AF_INET6 => {
                let address = first.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned();
                Some(IpAddr::V6(Ipv6Addr::from(address.sin6_addr.s6_addr)))
            }
            _ => None,
        };
        libc::freeaddrinfo(found);
        address
    }
}
