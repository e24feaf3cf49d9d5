// The peer protocol of Docs/Exchange.md: mutual TLS 1.3, offers, streamed uploads, quarantine and
// every check before the inbox, signed receipts with log proofs, checkpoints swapped and cosigned.
// The state of a transfer is a pure value (`TransferState`); everything else is the shell around it.
// `ExchangeTests` and `Tests/CommandLineTests` prove it with real processes.
