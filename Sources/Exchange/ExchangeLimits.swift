/// What one peer may ask of the node, and how patient the node is with its peers.
public struct ExchangeLimits: Hashable, Sendable {
  /// Uploads of one peer at the same time; more get 429.
  public var concurrentTransfersPerPeer: Int
  /// Offers of one peer in a minute; more get 429.
  public var offersPerMinute: Int
  /// The longest encrypted bundle, in bytes; longer offers get 413.
  public var maximumBundleBytes: Int64
  /// What must stay free on the disk after an upload was decrypted, in bytes; else 507.
  public var freeDiskFloorBytes: Int64
  /// Seconds after which a connection that sends nothing is closed.
  public var idleTimeoutSeconds: Int
  /// Offers of one peer that are accepted and not complete: each holds a row with its terms.
  public var openTransfersPerPeer = 256
  /// Encrypted bundles in quarantine and promised room there, of all peers, in bytes; more get 507.
  public var quarantineBytes: Int64 = 4 << 40
  /// The same of one peer; more get 429.
  public var quarantineBytesPerPeer: Int64 = 2 << 40
  /// What one peer may offer in 24 hours, in bytes; more get 429. 0 means no limit.
  public var bytesPerDayPerPeer: Int64 = 0
  /// Connections of one peer at the same time; one more is closed.
  public var connectionsPerPeer = 64
  /// Requests of one peer in a minute; more get 429. A hundred small exchanges a second take half.
  public var requestsPerMinute = 60_000
  /// A body that brings fewer bytes a second than this is cut, if it is so slow for
  /// ``slowestSeconds``; so is one that is taken from us as slowly.
  public var slowestBytesPerSecond = 1024
  /// How long a body may be too slow.
  public var slowestSeconds = 60
  /// Requests of one peer at the same time: an offer takes up to 15 MB while it is read.
  public var concurrentRequestsPerPeer = 32
  /// Seconds until a new connection must have begun its first request, its handshake included.
  public var firstRequestSeconds = 15
  /// Connections at the same time: each costs a TLS state and buffers, about 100 kB.
  public var connections = 512
  /// Refusals logged in a minute; the rest is counted in one entry, so that nobody fills the log.
  public var deniedEntriesPerMinute = 20
  /// Bundles that are decrypted and verified at the same time.
  public var concurrentVerifications = 2
  /// Bytes of an upload between two points from which it can be resumed: each costs two flushes.
  public var syncIntervalBytes = 32 << 20
  /// Seconds to wait for a peer's TLS connection.
  public var connectTimeoutSeconds = 10
  /// Seconds to wait for a peer's answer.
  public var answerTimeoutSeconds = 30
  /// Seconds that a sender waits for the receipt of delivery before it leaves that to later.
  public var receiptTimeoutSeconds = 60
  /// The longest pause between two attempts, in seconds.
  public var longestPauseSeconds = 600
  /// Seconds after which a transfer that never got through is given up: a week.
  public var deadlineSeconds = 7 * 86_400
  /// Seconds between two swaps of checkpoints with a peer that nothing is sent to.
  public var heartbeatSeconds = 600
  /// Peers that are served at the same time by the delivery service: each costs a connection and
  /// about a megabyte of buffers.
  public var concurrentDeliveries = 32
  /// Seconds after which a peer's turn is broken off while others wait for one: it goes on from the
  /// byte where it was, at the end of the line.
  public var deliveryTurnSeconds = 30
  /// Seconds after which an accepted offer is given up when no byte of it has come: twice the time for
  /// which a sender tries unless it says otherwise.
  public var offerExpirySeconds = 14 * 86_400
  /// Seconds after which a delivered bundle that nobody has opened gets its receipt of non-retrieval:
  /// the time that a decision on a European Investigation Order may take.
  public var retrievalSeconds = 30 * 86_400
  /// Peers whose mailboxes are asked at the same time: each is one waiting connection.
  public var concurrentPulls = 64

  /// Limits; what isn't named is as in ``standard``.
  public init(
    concurrentTransfersPerPeer: Int = 4, offersPerMinute: Int = 600,
    maximumBundleBytes: Int64 = 1 << 40, freeDiskFloorBytes: Int64 = 256 << 20,
    idleTimeoutSeconds: Int = 60
  ) {
    self.concurrentTransfersPerPeer = concurrentTransfersPerPeer
    self.offersPerMinute = offersPerMinute
    self.maximumBundleBytes = maximumBundleBytes
    self.freeDiskFloorBytes = freeDiskFloorBytes
    self.idleTimeoutSeconds = idleTimeoutSeconds
  }

  /// What a small node can bear.
  public static let standard = ExchangeLimits()
}
