import Exchange
import Testing

/// Straight lists: event in, actions out. No network, no clock.
struct TransferStateTests {
  typealias Step = (TransferState.Event, [TransferState.Action], TransferPhase)

  func run(_ start: TransferState, _ steps: [Step]) throws -> TransferState {
    var state = start
    for (number, step) in steps.enumerated() {
      let actions = try state.apply(step.0)
      #expect(actions == step.1, "step \(number)")
      #expect(state.phase == step.2, "step \(number)")
    }
    return state
  }

  func sender(_ phase: TransferPhase = .queued, logged: Bool = false) -> TransferState {
    TransferState(direction: .out, phase: phase, byteCount: 100, isSendLogged: logged)
  }

  func receiver(_ phase: TransferPhase = .offered, offset: UInt64 = 0) -> TransferState {
    TransferState(direction: .in, phase: phase, byteCount: 100, offset: offset)
  }

  @Test func sentAtTheFirstAttempt() throws {
    let end = try run(
      sender(),
      [
        (.attempt, [.offer], .offered),
        (.accepted(offset: 0), [.logSend, .upload(from: 0)], .uploading),
        (.uploaded, [.fetchReceipts], .uploading),
        (.receipt(.relayAcceptance), [.logReceipt], .relayed),
        (.receipt(.delivery), [.logReceipt, .removeFile], .delivered),
        (.receipt(.retrieval), [.logReceipt, .removeFile], .retrieved),
      ])
    #expect(end.isFinal)
    #expect(end.offset == 100)
  }

  @Test func interruptedAndResumedLogsTheSendingOnce() throws {
    _ = try run(
      sender(),
      [
        (.attempt, [.offer], .offered),
        (.accepted(offset: 0), [.logSend, .upload(from: 0)], .uploading),
        (.interrupted, [.retryLater], .waiting),
        (.attempt, [.offer], .offered),
        (.interrupted, [.retryLater], .waiting),
        (.attempt, [.offer], .offered),
        (.accepted(offset: 60), [.upload(from: 60)], .uploading),
        (.receipt(.relayAcceptance), [.logReceipt], .relayed),
        (.uploaded, [.fetchReceipts], .relayed),
        (.interrupted, [.retryLater], .relayed),
        (.attempt, [.fetchReceipts], .relayed),
        (.receipt(.delivery), [.logReceipt, .removeFile], .delivered),
      ])
  }

  @Test func aCrashWhileUploadingGoesOn() throws {
    _ = try run(
      sender(.uploading, logged: true),
      [
        (.attempt, [.offer], .offered),
        (.accepted(offset: 100), [.upload(from: 100)], .uploading),
      ])
  }

  @Test(arguments: [
    Receipt.Kind.submissionRejection, .relayRejection, .nonDelivery,
  ])
  func refused(_ kind: Receipt.Kind) throws {
    for phase in [TransferPhase.offered, .uploading, .waiting, .relayed] {
      let end = try run(
        sender(phase), [(.receipt(kind), [.logReceipt, .removeFile], .rejected)])
      #expect(end.isFinal)
    }
  }

  @Test func aLaterFactIsNeverUndoneByAnEarlierOne() throws {
    _ = try run(
      sender(.delivered),
      [
        (.receipt(.relayAcceptance), [.logReceipt], .delivered),
        (.receipt(.nonDelivery), [.logReceipt], .delivered),
        (.receipt(.retrieval), [.logReceipt, .removeFile], .retrieved),
        (.receipt(.delivery), [.logReceipt], .retrieved),
      ])
    _ = try run(sender(.rejected), [(.receipt(.delivery), [.logReceipt], .rejected)])
  }

  @Test func givenUpAndCancelled() throws {
    for phase in [TransferPhase.queued, .waiting] {
      _ = try run(
        sender(phase),
        [(.deadline, [.logGivenUp, .issue(.nonDelivery), .removeFile], .undeliverable)])
    }
    for phase in [TransferPhase.queued, .offered, .waiting, .held] {
      #expect(sender(phase).canBeCancelled)
      _ = try run(sender(phase), [(.cancel, [.logGivenUp, .removeFile], .cancelled)])
      // Once a byte may have left, the peer has to be asked.
      var sent = sender(phase, logged: true)
      #expect(throws: ExchangeError.self) { _ = try sent.apply(.cancel) }
    }
    for phase in [TransferPhase.uploading, .relayed, .delivered, .rejected] {
      var state = sender(phase)
      #expect(throws: ExchangeError.self) { _ = try state.apply(.cancel) }
    }
  }

  @Test func aPeerThatIsWithdrawnHoldsItsTransfers() throws {
    _ = try run(
      sender(.uploading, logged: true),
      [
        (.withheld, [.retryLater], .held), (.withheld, [.retryLater], .held),
        (.attempt, [.offer], .offered),
      ])
    var held = sender(.held)
    #expect(throws: ExchangeError.self) { _ = try held.apply(.deadline) }
  }

  @Test func recalledBeforeTheInbox() throws {
    for (phase, kind) in [
      (TransferPhase.uploading, Receipt.Kind.relayFailure), (.waiting, .relayFailure),
      (.relayed, .nonDelivery), (.held, .relayRejection),
    ] {
      _ = try run(
        sender(phase, logged: true),
        [
          (.recall, [.logRecall, .sendRecall, .removeFile], .recalled),
          (.receipt(.relayAcceptance), [.logReceipt], .recalled),
          (.receipt(kind), [.logReceipt, .removeFile], .cancelled),
          (.receipt(.submissionAcceptance), [.logReceipt], .cancelled),
        ])
    }
    for (phase, kind) in [
      (TransferPhase.offered, Receipt.Kind.relayFailure), (.receiving, .relayFailure),
      (.received, .nonDelivery),
    ] {
      var end = try run(
        receiver(phase), [(.recall, [.logRecall, .issue(kind), .removeFile], .cancelled)])
      for event in [TransferState.Event.bytes(offset: 100), .verified, .refused, .opened] {
        #expect(throws: ExchangeError.self) { _ = try end.apply(event) }
      }
    }
  }

  @Test func recalledFromTheInbox() throws {
    for phase in [TransferPhase.delivered, .retrieved] {
      let asked: [Step] = [(.recall, [.logRecall, .sendRecall, .removeFile], .recalled)]
      _ = try run(
        sender(phase, logged: true),
        asked + [(.receipt(.erasure), [.logReceipt, .removeFile], .erased)])
      _ = try run(
        sender(phase, logged: true),
        asked + [
          (.receipt(.recallRefusal), [.logReceipt, .removeFile], .recallRefused),
          (.receipt(.retrieval), [.logReceipt], .recallRefused),
          (.receipt(.erasure), [.logReceipt, .removeFile], .erased),
        ])
      var state = try run(receiver(phase), [(.recall, [.logRecall], .recalled)])
      // Nobody opens what may have come to the wrong place, until people have decided.
      #expect(throws: ExchangeError.self) { _ = try state.apply(.opened) }
      _ = try run(
        state,
        [
          (.erase, [.logErase, .removeFile], .erasing),
          (.recall, [.logRecall], .erasing),
          (.removed, [.issue(.erasure)], .erased),
        ])
      _ = try run(
        state,
        [
          (.refuseRecall, [.issue(.recallRefusal)], .recallRefused),
          (.opened, [.logRetrieve, .issue(.retrieval)], .recallRefused),
          (.opened, [.logRetrieve], .recallRefused),
          (.erase, [.logErase, .removeFile], .erasing),
        ])
    }
  }

  @Test func whatNeverComesExpires() throws {
    for phase in [TransferPhase.offered, .receiving] {
      _ = try run(
        receiver(phase),
        [(.expired, [.logReject, .issue(.relayFailure), .removeFile], .undeliverable)])
    }
    var state = receiver(.received, offset: 100)
    #expect(throws: ExchangeError.self) { _ = try state.apply(.expired) }
    for phase in [TransferPhase.offered, .uploading, .waiting] {
      _ = try run(
        sender(phase),
        [(.receipt(.relayFailure), [.logReceipt, .removeFile], .undeliverable)])
    }
  }

  @Test func notOpenedInTimeAndOpenedLater() throws {
    _ = try run(
      receiver(.delivered),
      [
        (.unopened, [.issue(.nonRetrieval)], .delivered),
        (.opened, [.logRetrieve, .issue(.retrieval)], .retrieved),
      ])
    _ = try run(
      sender(.delivered),
      [
        (.receipt(.nonRetrieval), [.logReceipt], .delivered),
        (.receipt(.retrieval), [.logReceipt, .removeFile], .retrieved),
      ])
  }

  /// What this node gave up may have arrived all the same: the peer's word counts then.
  @Test func deliveredAfterItWasGivenUp() throws {
    _ = try run(
      sender(.undeliverable),
      [
        (.receipt(.relayAcceptance), [.logReceipt], .undeliverable),
        (.receipt(.delivery), [.logReceipt, .removeFile], .delivered),
      ])
  }

  @Test func moreThanThereIsIsNoOffset() {
    var state = sender(.offered)
    #expect(throws: ExchangeError.self) { _ = try state.apply(.accepted(offset: 101)) }
    #expect(state == sender(.offered))
  }

  @Test func receivedCheckedAndOpened() throws {
    let end = try run(
      receiver(),
      [
        (.bytes(offset: 60), [], .receiving),
        (.bytes(offset: 100), [], .receiving),
        (
          .complete(digestMatches: true), [.logReceive, .issue(.relayAcceptance), .verify],
          .received
        ),
        (.verified, [.logDeliver, .issue(.delivery), .removeFile], .delivered),
        (.opened, [.logRetrieve, .issue(.retrieval)], .retrieved),
        (.opened, [.logRetrieve], .retrieved),
      ])
    #expect(end.isFinal)
  }

  @Test func refusedByTheReceiver() throws {
    _ = try run(receiver(), [(.refused, [.logReject, .issue(.submissionRejection)], .rejected)])
    _ = try run(
      receiver(.receiving, offset: 100),
      [
        (
          .complete(digestMatches: false), [.logReject, .issue(.relayRejection), .removeFile],
          .rejected
        )
      ])
    _ = try run(
      receiver(.received, offset: 100),
      [(.refused, [.logReject, .issue(.nonDelivery), .removeFile], .rejected)])
  }

  @Test func theReceiversOffsetOnlyGrows() {
    var state = receiver(.receiving, offset: 60)
    #expect(throws: ExchangeError.self) { _ = try state.apply(.bytes(offset: 59)) }
    #expect(throws: ExchangeError.self) { _ = try state.apply(.bytes(offset: 101)) }
    #expect(throws: ExchangeError.self) { _ = try state.apply(.complete(digestMatches: true)) }
    #expect(state.offset == 60)
  }

  /// Every event in every phase: it changes something or throws and changes nothing, and nothing
  /// leaves a final phase but for a later fact.
  @Test func exhaustively() {
    let events: [TransferState.Event] =
      [
        .attempt, .accepted(offset: 0), .accepted(offset: 100), .uploaded, .interrupted, .deadline,
        .cancel, .recall, .withheld, .bytes(offset: 100), .complete(digestMatches: true),
        .complete(digestMatches: false), .verified, .refused, .opened, .unopened, .expired,
        .erase, .removed, .refuseRecall,
      ] + Receipt.Kind.allCases.map { .receipt($0) }
    var taken = 0
    for direction in [TransferState.Direction.out, .in] {
      for phase in TransferPhase.allCases {
        for event in events {
          let before = TransferState(
            direction: direction, phase: phase, byteCount: 100, offset: 100, isSendLogged: true)
          var after = before
          do {
            let actions = try after.apply(event)
            taken += 1
            #expect(!actions.contains(.logSend))
            if [.rejected, .cancelled, .erased].contains(before.phase) {
              #expect(after.phase == before.phase)
            }
          } catch {
            #expect(after == before)
          }
        }
      }
    }
    #expect(taken > 60)
  }
}
