//! The controls: one declaration each, in the order of the documentation.
//!
//! Everything else that knows controls – decoding, the documentation, the JSON
//! Schema – reads [`CONTROLS`], so that a new control is added here, in
//! `check.rs` if it can match nothing, and in `compile/lower`.

#[cfg(feature = "text")]
pub(crate) mod check;
pub(crate) mod declare;
mod decoy;
mod principal;
mod value;

pub use decoy::{AccessKeyDecoy, Decoy, DecoyPlace, DomainDecoy, EnvironmentDecoy, FileDecoy};
pub use principal::{PrincipalEntry, PrincipalName};
pub use value::{Actors, LoginKey, MalwareResponse, PortRange, Quarantine, QuarantineActor};

use alloc::vec::Vec;

use crate::event::{Direction, FileOperation, Kind, Protocol, RegistryOperation};
use crate::policy::source::{Entry, Located};
use crate::policy::spec::{Absent, ControlSpec, FieldSpec, Item, Shape};
use crate::policy::{Platform, PolicyKind};
use declare::controls;

controls! {
    /// Refuses name look-ups, connections and programs of cryptocurrency mining.
    BlockCryptocurrencyMining "block_cryptocurrency_mining" {
        applies_to: BOTH, platforms: ALL, acts_on: [Dns, Network, Exec], actors: NOBODY, audit_only: false,
        sources: ["MITRE ATT&CK T1496"],
        /// Lists besides the built-in ones.
        lists: Vec<Entry> = Shape::List(Item::ListName), NONE;
        /// The built-in lists of mining domains, addresses and ports.
        builtin: bool = Shape::Boolean, Absent::Scalar("true");
        /// Known miner program names too.
        programs: bool = Shape::Boolean, Absent::Scalar("false");
        /// Domains that are never refused.
        except_domains: Vec<Entry> = Shape::List(Item::Domain), NONE;
        /// Networks that are never refused.
        except_networks: Vec<Entry> = Shape::List(Item::Network), NONE;
    }

    /// Refuses name look-ups of, and connections to, names and addresses on lists.
    DnsIpReputation "dns_ip_reputation" {
        applies_to: BOTH, platforms: ALL, acts_on: [Dns, Network], actors: NOBODY, audit_only: false,
        sources: ["MITRE ATT&CK T1071", "NIST 800-53 SC-7"],
        /// The lists.
        lists: Vec<Entry> = Shape::List(Item::ListName), Absent::Refused;
        /// Lists of what is never refused.
        except_lists: Vec<Entry> = Shape::List(Item::ListName), NONE;
        /// Domains that are never refused.
        except_domains: Vec<Entry> = Shape::List(Item::Domain), NONE;
        /// Networks that are never refused.
        except_networks: Vec<Entry> = Shape::List(Item::Network), NONE;
        /// Special-use and private addresses on a list count too.
        include_special_use: bool = Shape::Boolean, Absent::Scalar("false");
    }

    /// Reports many failed logins within a time.
    BruteForceLoginDetection "brute_force_login_detection" {
        applies_to: HOST, platforms: ALL, acts_on: [Login], actors: NOBODY, audit_only: true,
        sources: ["MITRE ATT&CK T1110", "PCI DSS 4 8.3.4", "NIST 800-53 AC-7"],
        /// This many failures within `window` are reported.
        max_failures: u64 = Shape::Integer { min: 1, max: 255 }, Absent::Scalar("10");
        /// How far back failures count, in milliseconds.
        window: u64 = Shape::Duration, Absent::Scalar("10m");
        /// By what failures are counted.
        key: LoginKey = Shape::Choice(&["source", "user", "source_and_user"]), Absent::Scalar("source");
        /// IPv6 sources that share this many leading bits count as one.
        ipv6_prefix: u64 = Shape::Integer { min: 1, max: 128 }, Absent::Scalar("64");
        /// Sources that do not count.
        except_networks: Vec<Entry> = Shape::List(Item::Network), NONE;
        /// How long a key is silent after a report, at most `block_for`, in milliseconds; left out, `window`.
        cooldown: Option<u64> = Shape::Duration, Absent::Unset;
        /// How long an enforcing policy blocks the key's logins, in milliseconds; left out, not at all.
        block_for: Option<u64> = Shape::Duration, Absent::Unset;
    }

    /// Refuses every operation on listed files and directories.
    FileBlock "file_block" {
        applies_to: BOTH, platforms: ALL, acts_on: [File, Exec], actors: USERS_AND_PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1005", "MITRE ATT&CK T1552.001", "NIST 800-53 AC-6"],
        /// The files; a bare name matches anywhere.
        paths: Vec<Entry> = Shape::List(Item::Path), Absent::Refused;
        /// Not these.
        except_paths: Vec<Entry> = Shape::List(Item::Path), NONE;
    }

    /// Reports operations on listed files and directories.
    FileIntegrityMonitoring "file_integrity_monitoring" {
        applies_to: HOST, platforms: ALL, acts_on: [File], actors: USERS_AND_PROCESSES, audit_only: true,
        sources: ["MITRE ATT&CK T1565.001", "PCI DSS 4 11.5.2", "NIST 800-53 SI-7"],
        /// The operations, at least one.
        operations: Vec<Located<FileOperation>> =
            Shape::Choices(&["create", "read", "modify", "delete", "attributes"]), Absent::Refused;
        /// The files; one without wildcard is that file, or that directory and its direct entries.
        paths: Vec<Entry> = Shape::List(Item::Path), NONE;
        /// Named sets of paths.
        presets: Vec<Entry> = Shape::List(Item::Preset), NONE;
        /// Not these.
        except_paths: Vec<Entry> = Shape::List(Item::Path), NONE;
    }

    /// Records what users do, for later investigation.
    Forensics "forensics" {
        applies_to: HOST, platforms: ALL, acts_on: [Exec, Login, Account], actors: NOBODY, audit_only: true,
        sources: ["PCI DSS 4 10.2.1", "NIST 800-53 AU-12"],
        /// Programs that users run.
        os_user_activity: bool = Shape::Boolean, Absent::Scalar("false");
        /// Keep arguments in audit events.
        full_command_arguments: bool = Shape::Boolean, Absent::Scalar("false");
        /// Logins that succeed.
        successful_logins: bool = Shape::Boolean, Absent::Scalar("false");
        /// Logins that fail.
        failed_logins: bool = Shape::Boolean, Absent::Scalar("false");
        /// Users and groups that are created, deleted or changed.
        user_account_management: bool = Shape::Boolean, Absent::Scalar("false");
    }

    /// Refuses logins of everyone who is not listed.
    OsUsersAndGroupsAllowed "os_users_and_groups_allowed" {
        applies_to: HOST, platforms: ALL, acts_on: [Login], actors: NOBODY, audit_only: false,
        sources: ["MITRE ATT&CK T1078", "NIST 800-53 AC-3"],
        /// The users.
        users: Vec<PrincipalEntry> = Shape::List(Item::User), NONE;
        /// The groups.
        groups: Vec<PrincipalEntry> = Shape::List(Item::Group), NONE;
    }

    /// Refuses logins of listed users and groups.
    OsUsersAndGroupsBlocked "os_users_and_groups_blocked" {
        applies_to: HOST, platforms: ALL, acts_on: [Login], actors: NOBODY, audit_only: false,
        sources: ["MITRE ATT&CK T1078", "NIST 800-53 AC-3"],
        /// The users.
        users: Vec<PrincipalEntry> = Shape::List(Item::User), NONE;
        /// The groups.
        groups: Vec<PrincipalEntry> = Shape::List(Item::Group), NONE;
    }

    /// Acts on what a malware scanner found.
    RealtimeMalwareProtection "realtime_malware_protection" {
        applies_to: BOTH, platforms: ALL, acts_on: [Malware], actors: PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1204.002", "PCI DSS 4 5.2", "NIST 800-53 SI-3"],
        /// What is done; a policy in audit mode only alerts.
        response: MalwareResponse = Shape::Choice(&["alert", "block", "delete"]), Absent::Scalar("block");
        /// Only these and what is below them, with wildcards too, if any.
        paths: Vec<Entry> = Shape::List(Item::Path), NONE;
        /// Not these.
        except_paths: Vec<Entry> = Shape::List(Item::Path), NONE;
    }

    /// Reports changes to the system itself.
    SystemIntegrityMonitoring "system_integrity_monitoring" {
        applies_to: HOST, platforms: ALL, acts_on: [System], actors: NOBODY, audit_only: true,
        sources: ["MITRE ATT&CK T1070", "MITRE ATT&CK T1543", "PCI DSS 4 10.6.3", "NIST 800-53 AU-9"],
        /// The clock.
        system_time: bool = Shape::Boolean, Absent::Scalar("false");
        /// Services.
        services: bool = Shape::Boolean, Absent::Scalar("false");
        /// The audit log.
        audit_log: bool = Shape::Boolean, Absent::Scalar("false");
    }

    /// Reports operations on listed registry keys and values.
    WindowsRegistryMonitoring "windows_registry_monitoring" {
        applies_to: HOST, platforms: WINDOWS, acts_on: [Registry], actors: USERS_AND_PROCESSES, audit_only: true,
        sources: ["MITRE ATT&CK T1112", "PCI DSS 4 11.5.2", "NIST 800-53 SI-7"],
        /// The operations.
        operations: Vec<Located<RegistryOperation>> =
            Shape::Choices(&["create", "read", "modify", "delete", "attributes"]),
            Absent::List(&["create", "modify", "delete", "attributes"]);
        /// The keys.
        keys: Vec<Entry> = Shape::List(Item::RegistryKey), NONE;
        /// Only values of these names, if any.
        values: Vec<Entry> = Shape::List(Item::RegistryValue), NONE;
        /// Named sets of keys.
        presets: Vec<Entry> = Shape::List(Item::Preset), NONE;
        /// Not these keys.
        except_keys: Vec<Entry> = Shape::List(Item::RegistryKey), NONE;
    }

    /// Refuses changes to listed registry keys and values.
    WindowsRegistryProtection "windows_registry_protection" {
        applies_to: HOST, platforms: WINDOWS, acts_on: [Registry], actors: USERS_AND_PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1112", "MITRE ATT&CK T1547.001", "NIST 800-53 CM-5"],
        /// The operations.
        operations: Vec<Located<RegistryOperation>> =
            Shape::Choices(&["create", "modify", "delete", "attributes"]),
            Absent::List(&["create", "modify", "delete", "attributes"]);
        /// The keys.
        keys: Vec<Entry> = Shape::List(Item::RegistryKey), NONE;
        /// Only values of these names, if any.
        values: Vec<Entry> = Shape::List(Item::RegistryValue), NONE;
        /// Named sets of keys.
        presets: Vec<Entry> = Shape::List(Item::Preset), NONE;
        /// Not these keys.
        except_keys: Vec<Entry> = Shape::List(Item::RegistryKey), NONE;
    }

    /// Refuses programs in directories that everyone may write to, and reports
    /// their creation.
    BlockMaliciousExecutables "block_malicious_executables" {
        applies_to: FUNCTION, platforms: ALL, acts_on: [Exec, File], actors: PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1105", "NIST 800-53 CM-7"],
        /// The directories; the default exists on Linux only.
        directories: Vec<Entry> = Shape::List(Item::Path), Absent::List(&["/tmp"]);
    }

    /// Refuses listed programs.
    ExecutablesBlocked "executables_blocked" {
        applies_to: BOTH, platforms: ALL, acts_on: [Exec], actors: USERS_AND_PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1105", "NIST 800-53 CM-7(4)"],
        /// Base names or absolute globs.
        executables: Vec<Entry> = Shape::List(Item::Program), NONE;
        /// Hashes of the program file.
        sha256: Vec<Entry> = Shape::List(Item::Sha256), NONE;
    }

    /// Refuses programs that are not listed.
    ExecutablesAllowed "executables_allowed" {
        applies_to: BOTH, platforms: ALL, acts_on: [Exec], actors: USERS_AND_PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1105", "NIST 800-53 CM-7(5)"],
        /// Base names or absolute globs.
        executables: Vec<Entry> = Shape::List(Item::Program), Absent::Refused;
        /// If given, root may run only what is also on this list.
        root_executables: Option<Vec<Entry>> = Shape::List(Item::Program), Absent::Unset;
    }

    /// Refuses every operation but reading and running on listed files and
    /// directories.
    ReadOnlyFiles "read_only_files" {
        applies_to: BOTH, platforms: ALL, acts_on: [File], actors: USERS_AND_PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1565.001", "NIST 800-53 SI-7"],
        /// The files; a bare name matches anywhere.
        paths: Vec<Entry> = Shape::List(Item::Path), Absent::Refused;
        /// Not these.
        except_paths: Vec<Entry> = Shape::List(Item::Path), NONE;
    }

    /// Refuses programs that have no file.
    FilelessExecutionBlock "fileless_execution_block" {
        applies_to: BOTH, platforms: ALL, acts_on: [Exec], actors: PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1620"],
    }

    /// Refuses connections and name look-ups.
    NetworkBlock "network_block" {
        applies_to: BOTH, platforms: ALL, acts_on: [Dns, Network], actors: USERS_AND_PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1552.005", "PCI DSS 4 1.3", "NIST 800-53 SC-7"],
        /// Only these directions; empty is all.
        directions: Vec<Located<Direction>> = Shape::Choices(&["outbound", "inbound", "listen"]), NONE;
        /// Addresses and networks.
        networks: Vec<Entry> = Shape::List(Item::Network), NONE;
        /// Domain names.
        domains: Vec<Entry> = Shape::List(Item::Domain), NONE;
        /// Ports, alone or together with networks, domains and presets (then both must match).
        ports: Vec<PortRange> = Shape::Ports, NONE;
        /// Only these protocols; empty is all.
        protocols: Vec<Located<Protocol>> = Shape::Choices(&["tcp", "udp", "icmp", "sctp"]), NONE;
        /// Named sets of networks and domains.
        presets: Vec<Entry> = Shape::List(Item::Preset), NONE;
        /// Not these networks.
        except_networks: Vec<Entry> = Shape::List(Item::Network), NONE;
        /// Not these domains.
        except_domains: Vec<Entry> = Shape::List(Item::Domain), NONE;
    }

    /// Refuses shells that are connected to the network.
    ReverseShellBlock "reverse_shell_block" {
        applies_to: BOTH, platforms: ALL, acts_on: [Exec, Network], actors: PROCESSES, audit_only: false,
        sources: ["MITRE ATT&CK T1059"],
        /// Not to these networks.
        except_networks: Vec<Entry> = Shape::List(Item::Network), NONE;
    }

    /// Reports connections to many ports or hosts within a time.
    PortScanDetection "port_scan_detection" {
        applies_to: HOST, platforms: ALL, acts_on: [Network], actors: NOBODY, audit_only: true,
        sources: ["MITRE ATT&CK T1046", "NIST 800-53 SI-4"],
        /// More distinct ports than this within `window` are reported.
        max_ports: u64 = Shape::Integer { min: 1, max: 65_535 }, Absent::Scalar("50");
        /// More distinct hosts than this within `window` are reported.
        max_hosts: u64 = Shape::Integer { min: 1, max: 65_535 }, Absent::Scalar("100");
        /// How far back connections count, in milliseconds.
        window: u64 = Shape::Duration, Absent::Scalar("10s");
    }

    /// Lays out decoys and shuts in whoever touches one.
    Honeypot "honeypot" {
        applies_to: FUNCTION, platforms: ALL, acts_on: [File, Credential, Exec, Dns, Network], actors: NOBODY, audit_only: false,
        sources: ["MITRE ATT&CK T1552", "NIST 800-53 SC-26"],
        /// The decoys, at least one.
        decoys: Vec<Located<Decoy>> = Shape::Tagged(Decoy::VARIANTS), Absent::Refused;
        /// What happens to the one who touched a decoy.
        quarantine: Quarantine = Shape::Mapping(Quarantine::FIELDS), Absent::Mapping;
    }
}

const NONE: Absent = Absent::List(&[]);

const BOTH: &[PolicyKind] = &[PolicyKind::Host, PolicyKind::Function];
const HOST: &[PolicyKind] = &[PolicyKind::Host];
const FUNCTION: &[PolicyKind] = &[PolicyKind::Function];

const ALL: &[Platform] = &[Platform::Linux, Platform::Windows];
const WINDOWS: &[Platform] = &[Platform::Windows];

const USERS_AND_PROCESSES: &[FieldSpec] = Actors::FIELDS;
const PROCESSES: &[FieldSpec] = Actors::FIELDS.split_at(2).1;
const NOBODY: &[FieldSpec] = &[];
