import Exchange
import Testing

/// What holds of a transfer's state whatever happens, in whatever order. Seeds are printed.
struct TransferStatePropertyTests {
  private let ends: Set<TransferPhase> = [.rejected, .cancelled, .erased]

  private func anyEvent(_ generator: inout Mutations, byteCount: UInt64) -> TransferState.Event {
    let offset = UInt64.random(in: 0...(byteCount + 2), using: &generator)
    let kind = Receipt.Kind.allCases.randomElement(using: &generator) ?? .delivery
    let events: [TransferState.Event] = [
      .attempt, .accepted(offset: offset), .uploaded, .interrupted, .withheld, .receipt(kind),
      .receipt(kind), .receipt(kind), .deadline, .cancel, .recall, .bytes(offset: offset),
      .bytes(offset: byteCount), .complete(digestMatches: Bool.random(using: &generator)),
      .verified, .refused, .expired, .opened, .unopened, .erase, .removed, .refuseRecall,
    ]
    return events.randomElement(using: &generator) ?? .attempt
  }

  @Test(arguments: [TransferState.Direction.out, .in])
  func randomEventsNeverBreakTheInvariants(_ direction: TransferState.Direction) {
    let seed: UInt64 = 20_261_127
    var generator = Mutations(seed: seed)
    var reached: Set<TransferPhase> = []
    for round in 0..<4000 {
      var state = TransferState(
        direction: direction, phase: direction == .out ? .queued : .offered, byteCount: 100)
      var (sends, retrievals, opened, ended) = (0, 0, false, false)
      for step in 0..<40 {
        let before = state
        let event = anyEvent(&generator, byteCount: 100)
        let place: Comment = "seed \(seed), round \(round), step \(step): \(event)"
        do {
          let actions = try state.apply(event)
          sends += actions.count { $0 == .logSend }
          retrievals += actions.count { $0 == .issue(.retrieval) }
          if actions.contains(where: { if case .upload = $0 { true } else { false } }) {
            #expect(sends == 1, place)
          }
        } catch {
          #expect(state == before, place)
        }
        #expect(state.offset <= 100, place)
        if direction == .in { #expect(state.offset >= before.offset, place) }
        #expect(state.isSendLogged == (sends > 0), place)
        #expect(sends <= 1 && retrievals <= 1, place)
        if ended { #expect(state.phase == before.phase, place) }
        // Once in the inbox it is never again on its way.
        if before.phase.isInInbox {
          #expect(
            state.phase.isInInbox || ends.contains(state.phase) || state.phase == .erasing, place)
        }
        #expect(!opened || state.isOpened, place)
        opened = state.isOpened
        ended = ends.contains(state.phase)
        reached.insert(state.phase)
      }
    }
    // Every phase of this end was reached, so nothing above holds for lack of cases.
    let sender: Set<TransferPhase> = [
      .queued, .offered, .uploading, .waiting, .held, .relayed, .delivered, .retrieved, .rejected,
      .undeliverable, .cancelled, .recalled, .erased, .recallRefused,
    ]
    let receiver: Set<TransferPhase> = [
      .offered, .receiving, .received, .delivered, .retrieved, .rejected, .undeliverable,
      .cancelled, .recalled, .erasing, .erased, .recallRefused,
    ]
    #expect(reached.isSuperset(of: direction == .out ? sender : receiver))
  }

  /// What an honest receiver may give of one transfer, and where the sender stands with all of it.
  private static let histories:
    [(start: TransferPhase, kinds: [Receipt.Kind], end: TransferPhase)] = [
      (.uploading, [.submissionAcceptance, .relayAcceptance, .delivery, .retrieval], .retrieved),
      (
        .uploading,
        [.submissionAcceptance, .relayAcceptance, .delivery, .nonRetrieval, .retrieval], .retrieved
      ),
      (.waiting, [.submissionAcceptance, .relayAcceptance, .delivery, .nonRetrieval], .delivered),
      (.uploading, [.submissionAcceptance, .relayAcceptance, .nonDelivery], .rejected),
      (.uploading, [.submissionAcceptance, .relayRejection], .rejected),
      (.waiting, [.submissionAcceptance, .relayFailure], .undeliverable),
      (
        .uploading, [.submissionAcceptance, .relayAcceptance, .delivery, .retrieval, .erasure],
        .erased
      ),
      (
        .undeliverable, [.submissionAcceptance, .relayAcceptance, .delivery, .retrieval], .retrieved
      ),
      (.recalled, [.submissionAcceptance, .relayFailure], .cancelled),
      (.recalled, [.submissionAcceptance, .relayAcceptance, .nonDelivery], .cancelled),
      (
        .recalled, [.submissionAcceptance, .relayAcceptance, .delivery, .retrieval, .erasure],
        .erased
      ),
      (
        .recalled,
        [.submissionAcceptance, .relayAcceptance, .delivery, .recallRefusal, .retrieval],
        .recallRefused
      ),
      (.recalled, [.relayAcceptance, .delivery, .recallRefusal, .erasure], .erased),
    ]

  @Test(arguments: histories.indices)
  func everyOrderOfReceiptsEndsInOnePhase(_ number: Int) throws {
    let history = Self.histories[number]
    for order in permutations(history.kinds) {
      var state = TransferState(
        direction: .out, phase: history.start, byteCount: 100, isSendLogged: true)
      for kind in order + order {
        #expect(try state.apply(.receipt(kind)).first == .logReceipt)
      }
      #expect(state.phase == history.end, "\(order)")
    }
  }

  private func permutations(_ kinds: [Receipt.Kind]) -> [[Receipt.Kind]] {
    guard kinds.count > 1 else { return [kinds] }
    return kinds.indices.flatMap { index -> [[Receipt.Kind]] in
      var rest = kinds
      let first = rest.remove(at: index)
      return permutations(rest).map { [first] + $0 }
    }
  }
}
