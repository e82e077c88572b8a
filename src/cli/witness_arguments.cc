// SPDX-License-Identifier: Apache-2.0
// What the command line takes about `witness`.
#include "cli/arguments.h"
#include "cli/witness_options.h"

namespace ringfence {

void add_witness(CLI::App& app, WitnessCommandOptions& o, int& exit_code) {
  CLI::App& witness =
      *app.add_subcommand("witness", "Watch other logs, and cosign what goes on from before");
  witness.add_option("--name", o.name, "of its key, such as witness.example.org")->required();
  witness.add_option("--data", o.port.data, "its own directory: what it cosigned, and its key")
      ->required()
      ->type_name("DIR");
  witness.add_option("--log", o.logs, "the key of a log it watches; may be repeated")
      ->type_name("VKEY")
      ->take_all()
      ->allow_extra_args(false);
  witness.add_option("--logs", o.logs_file, "a tlog-policy with the keys of logs")
      ->type_name("FILE");
  witness
      .add_option("--listen", o.port.listen,
                  "address to listen on, or unix:/PATH; may be repeated (default: 127.0.0.1:7071)")
      ->type_name("HOST:PORT")
      ->take_all()
      ->allow_extra_args(false);
  witness
      .add_option("--tls-cert", o.port.tls_cert, "certificate chain, PEM, for the TCP addresses")
      ->type_name("FILE");
  witness
      .add_option("--tls-key", o.port.tls_key, "its private key, PEM, readable by its owner alone")
      ->type_name("FILE");
  witness.add_flag("--insecure-listen", o.port.insecure_listen,
                   "allow an address other than loopback, though it is not TLS");
  witness
      .add_option_function<std::string>(
          "--log-format", [&o](const std::string& format) { o.port.log_json = format == "json"; },
          "the log on stderr: text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->default_str("text");
  witness.footer(
      "It prints its vkey: that and its address go into `audit: {witnesses: …}` of the log's "
      "policy.\n"
      "Exit codes: 0 ended by a signal, 2 wrong use, 4 cannot listen or read its directory.\n\n"
      "Example:\n"
      "  ringfence witness --name w.example.org --data ./witness --log \"$(cat log.vkey)\"");
  on_run(witness, o, witness_command, exit_code);
}

}  // namespace ringfence
