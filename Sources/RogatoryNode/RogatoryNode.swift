// Operating a node (Docs/Operating.md): its home with configuration, keys, development authority,
// officers, peers and log; collecting files and taking them out; serving. Everything that touches
// paths, clocks and randomness by default is here and above, nothing below.

import DurableFiles

/// Why a home can't be made or used.
public enum NodeError: Error, Hashable, Sendable {
  /// The log isn't what its last checkpoint says, and isn't opened; the first entry that is bad, or may
  /// be, where one can be named.
  case damagedLog(firstBadEntry: UInt64?, what: String)
  /// The home's log is gone.
  case noLog
  /// Another program has the log open; a log can't be replaced beneath it.
  case logInUse
  /// A change to a log of a new origin was broken off, and has to be finished first.
  case recoveryUnfinished
  /// The folder holds a node already.
  case homeExists(String)
  /// The folder holds no node.
  case noHome(String)
  /// A file of the home isn't well-formed.
  case malformed(String)
  /// The node is no development node, so two officers must be named.
  case secondPersonNeeded
  /// Nobody by this id is an approved peer.
  case unknownPeer(String)
  /// The card is this node's own.
  case ownCard
  /// The adopted directory says who this node is; a card by hand doesn't count beside it.
  case namedByDirectory(String)
  /// Nobody proposed a peer of this id.
  case noProposal(String)
  /// This version of the directory is the one in force.
  case adoptedAlready(version: Int64)
  /// No directory was adopted.
  case noDirectory
  /// The node's own certificates are missing: requests were made, answers aren't installed.
  case awaitingCertificates(String)
  /// The node's own certificate, named by its file, was revoked.
  case certificateRevoked(String)
  /// There is no development authority in this home.
  case noAuthority
  /// No time-stamp authority is configured, and the node has none of its own.
  case noTimestampAuthority
  /// An issued certificate can't be installed.
  case badCertificate(CertificateProblem)
  /// The bundle of this id still lacks a time-stamp or revocation data.
  case stillWaiting(String)
  /// A symbolic link or special file lies among the files to be sealed.
  case notAFile(String)
  /// A file's name isn't UTF-8; it is given with what could be read of it.
  case unreadableName(String)
  /// The folder to write into exists and isn't empty.
  case outputNotEmpty(String)
  /// Companions are asked for, and a program that makes them isn't installed.
  case decoderMissing(program: String, package: String)
  /// A private key file may be read by others: its mode is given in octal.
  case openKey(String, mode: String)
  /// The node's keys are encrypted, and nobody gave the passphrase.
  case passphraseNeeded
  /// The passphrase isn't the one of this key file, or the file is damaged.
  case wrongPassphrase(String)
  /// Opening this key file would cost more than any that is written here: scrypt's cost as a power of 2.
  case costlyKey(String, workFactor: Int)
  /// The keys are in the form already that is asked for.
  case keysAlready(encrypted: Bool)
  /// A key that is to follow the one for this use is made already, and not in force yet.
  case renewalUnderWay(String)
  /// Nothing is made that could be put in force for this use.
  case noRenewal(String)
  /// A root can't go while this needs it.
  case rootInUse(by: String)
  /// There are as many age identities as a node may have.
  case tooManyIdentities(limit: Int)
  /// A node runs from this home, or a change of its keys is under way.
  case nodeRuns
  /// A value of `node.yaml`, or of an environment variable in its place, can't be used.
  case configuration(ConfigurationProblem)
}
