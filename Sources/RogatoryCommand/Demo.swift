import ArgumentParser
struct Demo: AsyncParsableCommand {
  @OptionGroup var global: GlobalOptions
  func run() async throws {}
}
