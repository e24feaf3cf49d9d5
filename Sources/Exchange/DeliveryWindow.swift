/// The transfers to one peer that are under way at the same time, in one turn.
///
/// They keep their order: one is offered, and its `send` is in the log, before the next one is tried, and
/// all its bytes are there before the next one's are sent. A small one lets the next begin once it is
/// offered, since most of its time is waiting for the peer; a large one once all its bytes are there,
/// so that the more urgent one that comes meanwhile is next.
struct DeliveryWindow: Sendable {
  let node: ExchangeNode
  let peer: String
  let links: PeerLinks
  let manner: DeliveryManner
  /// What stays due and is left for the next turn, with the reason where there is one.
  let note: @Sendable (any Error) -> Void

  /// How a delivery ended.
  private enum Outcome: Sendable {
    case settled, left
    case failed(any Error)
  }
  private struct Ended: Sendable {
    var id: TransferID
    var outcome: Outcome
  }

  /// Delivers what is due at `now`, and what becomes due meanwhile; returns how many were tried.
  ///
  /// - Throws: what stands in the way of all of the peer's transfers. Those under way are broken off
  ///   then, and go on from where they were.
  func run(at now: Int64) async throws -> Int {
    try await withThrowingTaskGroup(of: Ended.self) { group in
      var left: Set<TransferID> = []
      var running: Set<TransferID> = []
      var tried = 0
      var previous = AsyncStream<Void> { $0.finish() }
      func end(_ ended: Ended) throws {
        running.remove(ended.id)
        switch ended.outcome {
        case .settled: break
        case .left: left.insert(ended.id)
        case .failed(let error): throw error
        }
      }
      // Asked again after each, since a more urgent one may have come.
      while left.count < TransferStore.batchLimit {
        try Task.checkCancellation()
        let known = left.union(running)
        guard running.count < Self.size,
          let row = try node.store.due(to: peer, now: now, besides: known)
        else {
          guard let ended = try await group.next() else { break }
          try end(ended)
          continue
        }
        let begun = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let uploaded = AsyncStream.makeStream(of: Void.self)
        running.insert(row.id)
        tried += 1
        group.addTask { [previous] in
          await deliver(
            row, after: previous, begun: begun.continuation, uploaded: uploaded.continuation)
        }
        previous = uploaded.stream
        var hasBegun = false
        for await _ in begun.stream {
          hasBegun = true
          break
        }
        // One that ended before it began may have shown that the peer isn't there.
        while !hasBegun, running.contains(row.id), let ended = try await group.next() {
          try end(ended)
        }
      }
      while let ended = try await group.next() { try end(ended) }
      return tried
    }
  }

  private func deliver(
    _ row: TransferRow, after previous: AsyncStream<Void>,
    begun: AsyncStream<Void>.Continuation, uploaded: AsyncStream<Void>.Continuation
  ) async -> Ended {
    var manner = manner
    manner.onOffered = { if row.statement.byteCount <= Self.smallBytes { begun.yield() } }
    manner.turnToUpload = { for await _ in previous {} }
    manner.onUploaded = {
      begun.yield()
      uploaded.finish()
    }
    let outcome = await outcome(of: row, manner)
    begun.finish()
    // One that ended without its turn, as the peer refused it, leaves the turn with whoever has it.
    await manner.turnToUpload()
    uploaded.finish()
    return Ended(id: row.id, outcome: outcome)
  }

  private func outcome(of row: TransferRow, _ manner: DeliveryManner) async -> Outcome {
    do {
      return try await node.deliver(row, links, manner).isFinal ? .settled : .left
    } catch ExchangeError.busy {
      return .left
    } catch ExchangeError.unknownPeer {
      // All that is for a withdrawn peer is held, not the first of it alone.
      return .left
    } catch let error as ExchangeError where !error.isOfPeer {
      note(error)
      return .left
    } catch {
      return .failed(error)
    }
  }

  /// As many as a peer takes at the same time unless its administrator says otherwise.
  private static let size = 4
  /// What goes in a moment on any line that carries evidence at all.
  private static let smallBytes: UInt64 = 1 << 20
}
