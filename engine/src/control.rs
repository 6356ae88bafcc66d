//! The controls, as numbers that bundles store and names that people read.

use crate::event::vocabulary;

vocabulary! {
    /// One protection inside a policy. Numbers are never reused.
    Control {
        /// Names, addresses and programs of mining pools.
        BlockCryptocurrencyMining = 1 "block_cryptocurrency_mining",
        /// Names and addresses on reputation lists.
        DnsIpReputation = 2 "dns_ip_reputation",
        /// Too many failed logins.
        BruteForceLoginDetection = 3 "brute_force_login_detection",
        /// Files that nobody may touch.
        FileBlock = 4 "file_block",
        /// Files whose use is reported.
        FileIntegrityMonitoring = 5 "file_integrity_monitoring",
        /// Activity recorded for later investigation.
        Forensics = 6 "forensics",
        /// Who may log in.
        OsUsersAndGroupsAllowed = 7 "os_users_and_groups_allowed",
        /// Who may not log in.
        OsUsersAndGroupsBlocked = 8 "os_users_and_groups_blocked",
        /// What to do with malware.
        RealtimeMalwareProtection = 9 "realtime_malware_protection",
        /// Changes to clock, services and audit logs.
        SystemIntegrityMonitoring = 10 "system_integrity_monitoring",
        /// Registry keys whose use is reported.
        WindowsRegistryMonitoring = 11 "windows_registry_monitoring",
        /// Registry keys that may not change.
        WindowsRegistryProtection = 12 "windows_registry_protection",
        /// Programs run from a scratch directory.
        BlockMaliciousExecutables = 13 "block_malicious_executables",
        /// Programs that may not run.
        ExecutablesBlocked = 14 "executables_blocked",
        /// The only programs that may run.
        ExecutablesAllowed = 15 "executables_allowed",
        /// Files that may only be read and run.
        ReadOnlyFiles = 16 "read_only_files",
        /// Programs without a file.
        FilelessExecutionBlock = 17 "fileless_execution_block",
        /// Names, networks and ports that may not be used.
        NetworkBlock = 18 "network_block",
        /// Shells whose terminal is a socket.
        ReverseShellBlock = 19 "reverse_shell_block",
        /// One source trying many ports or hosts.
        PortScanDetection = 20 "port_scan_detection",
        /// Decoys that nobody has a reason to touch.
        Honeypot = 21 "honeypot",
    }
}

impl Control {
    /// What a match means, for audit events and people.
    pub const fn message(self) -> &'static str {
        match self {
            Control::BlockCryptocurrencyMining => "contact with a cryptocurrency mining pool",
            Control::DnsIpReputation => "contact with a name or address of bad reputation",
            Control::BruteForceLoginDetection => "too many failed logins",
            Control::FileBlock => "access to a blocked file",
            Control::FileIntegrityMonitoring => "access to a monitored file",
            Control::Forensics => "activity recorded for forensics",
            Control::OsUsersAndGroupsAllowed => "login of a user who is not allowed",
            Control::OsUsersAndGroupsBlocked => "login of a blocked user",
            Control::RealtimeMalwareProtection => "malware found",
            Control::SystemIntegrityMonitoring => "change to clock, services or audit log",
            Control::WindowsRegistryMonitoring => "access to a monitored registry key",
            Control::WindowsRegistryProtection => "change of a protected registry key",
            Control::BlockMaliciousExecutables => "program from a scratch directory",
            Control::ExecutablesBlocked => "start of a blocked program",
            Control::ExecutablesAllowed => "start of a program that is not allowed",
            Control::ReadOnlyFiles => "change of a read-only file",
            Control::FilelessExecutionBlock => "start of a program without a file",
            Control::NetworkBlock => "use of a blocked name, address or port",
            Control::ReverseShellBlock => "shell connected to a socket",
            Control::PortScanDetection => "port scan",
            Control::Honeypot => "use of a decoy",
        }
    }
}
