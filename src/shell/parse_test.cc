// SPDX-License-Identifier: Apache-2.0
// What lines start, and which are refused.
#include "shell/parse.h"

#include <gtest/gtest.h>

#include "shell/names.h"

namespace ringfence::shell {
namespace {

std::string shown(const Word& word) {
  std::string out = word.many ? "~" : "";
  for (const char c : word.text) out += c == kUnknown ? '?' : c;
  return out;
}

// "git status; rm -rf ?x": the commands, `?` for the unknown, `~` before words that may be many.
std::string programs(std::string_view line) {
  const auto parsed = parse_line(line);
  if (!parsed) return "refused";
  std::string out;
  for (const Command& command : parsed->commands) {
    if (!out.empty()) out += "; ";
    out += command.program;
    for (const Word& word : command.args) out += " " + shown(word);
  }
  return out;
}

std::string files(std::string_view line) {
  const auto parsed = parse_line(line);
  if (!parsed) return "refused";
  std::string out;
  for (const FileUse& file : parsed->files) out += (file.write ? ">" : "<") + shown(file.path);
  return out;
}

struct Case {
  std::string_view line;
  std::string_view programs;
};

void hold(std::span<const Case> cases) {
  for (const Case& c : cases) EXPECT_EQ(programs(c.line), c.programs) << c.line;
}

TEST(ShellLine, Grammar) {
  const Case cases[] = {
      {"", ""},
      {"# only a remark", ""},
      {"git status", "git status"},
      {"a | b && c || d; e & f", "a; b; c; d; e; f"},
      {"a |& b", "a; b"},
      {"a\nb\n\nc", "a; b; c"},
      {"(a; (b)) > out 2>&1", "a; b"},
      {"{ a; b; } 2> e", "a; b"},
      {"if a; then b; elif c; then d; else e; fi", "a; b; c; d; e"},
      {"while a; do b; done; until c; do d; done", "a; b; c; d"},
      {"for i in 1 2; do git add x; done", "git add x"},
      {"for i do a; done", "a"},
      {"case $x in a|b) c;; (d) e ;& *) f; esac", "c; e; f"},
      {"! a", "a"},
      {"time -p { a; b; }", "time; a; b"},
      {"A=1 B=2 git status", "git status"},
      {"A=$(b)", "b"},
      {"a=(1 $(b) \"x y\"); c", "b; c"},
      {"gi\\\nt status", "git status"},
      {"/usr/bin/GIT status", "git status"},
      {"[[ -f x && $y == z* ]] && a", "[[; a"},
      {"2>&1 a 3<&- 1>x", "a"},
      {"echo if then", "echo if then"},
      {"a # b; c", "a"},
      {"a#b", "a#b"},
  };
  hold(cases);
}

TEST(ShellLine, Words) {
  const Case cases[] = {
      {"g'i't \"st\"atus", "git status"},
      {"echo 'a b' \"c d\" e\\ f", "echo a b c d e f"},
      {"echo $'a\\x41\\n\\t\\101'", "echo aA\n\tA"},
      {"echo \"\\$x \\a\"", "echo $x \\a"},
      {"echo $x \"$x\" a$x \"$@\" $#", "echo ~? ? ~a? ~? ?"},
      {"echo ${x} \"${x:-a b}\" \"${a[@]}\" ${#x}", "echo ~? ? ~? ~?"},
      {"echo *.c a? [ab] [", "echo ~?.c ~a? ~? ["},
      {"echo ~ ~/x ~bob/y --f=~/z", "echo ? ?/x ?/y --f=?/z"},
      {"echo {a,b} {1..3} {} a@{1} '{a,b}'", "echo ~? ~? {} a@{1} {a,b}"},
      {"echo $((1 + 2))", "echo ~?"},
      {"echo a$", "echo a$"},
      {"echo ''", "echo "},
  };
  hold(cases);
}

TEST(ShellLine, Substitutions) {
  const Case cases[] = {
      {"echo $(a $(b)) `c \\`d\\``", "b; a ~?; d; c ~?; echo ~? ~?"},
      {"echo \"$(a \"$(b)\")\"", "b; a ?; echo ?"},
      {"diff <(a) <(b)", "a; b; diff ? ?"},
      {"a > >(b)", "b; a"},
      {"echo $(case x in x) a;; esac)", "a; echo ~?"},
      {"echo ${x:-$(a)} \"${y#\"$(b)\"}\"", "a; b; echo ~? ?"},
      {"echo '$(a)'", "echo $(a)"},
      {"for i in $(a); do b; done", "a; b"},
      {"case $(a) in $(b)) c; esac", "a; b; c"},
      {"x > \"$(a)\"", "a; x"},
      {"( a $(b\n) )", "b; a ~?"},
  };
  hold(cases);
}

TEST(ShellLine, Heredocs) {
  const Case cases[] = {
      {"cat <<E\n$(a) `b` \\$(c)\nE\nd", "a; b; cat; d"},
      {"cat <<'E'\n$(a)\nE", "cat"},
      {"cat <<-E\n\t$(a)\n\tE\nb", "a; cat; b"},
      {"cat <<E | sh\nx\nE", "cat; sh"},
      {"cat <<A <<B\n$(a)\nA\n$(b)\nB", "a; b; cat"},
      {"git commit -m \"$(cat <<'E'\nIt's \"done\"\nE\n)\"", "cat; git commit -m ?"},
      {"bash <<'E'\ngit status\nrm x\nE", "bash; git status; rm x"},
      {"sh <<< 'git push'", "sh; git push"},
      {"cat <<E\nx\n", "refused"},
      {"cat <<E \"a\nb\"\nE", "refused"},
      {"cat <<E\nfoo\\\nE\nE", "refused"},
      {"sh <<E\n$x\nE", "refused"},
  };
  hold(cases);
}

TEST(ShellLine, WrappersAreListedWithWhatTheyStart) {
  const Case cases[] = {
      {"/usr/bin/env sh", "env sh; sh"},
      {"env -u X -i A=1 sh", "env -u X -i A=1 sh; sh"},
      {"env -S 'A=1 rm x'", "env -S A=1 rm x; rm x"},
      {"nice -n 5 nohup sh", "nice -n 5 nohup sh; nohup sh; sh"},
      {"timeout -k 1 5 sh", "timeout -k 1 5 sh; sh"},
      {"stdbuf -oL a", "stdbuf -oL a; a"},
      {"sudo -u root -E A=1 rm x", "sudo -u root -E A=1 rm x; rm x"},
      {"doas rm x", "doas rm x; rm x"},
      {"xargs -0 -n1 rm", "xargs -0 -n1 rm; rm ~?"},
      {"xargs -I{} git add {}", "xargs -I{} git add {}; git add ?"},
      {"xargs sh", "xargs sh; sh ~?"},
      {"xargs", "xargs; echo ~?"},
      {"find . -exec sh -c a \\; -o -exec rm {} +",
       "find . -exec sh -c a ; -o -exec rm {} +; sh -c a; a; rm ~?"},
      {"busybox sh -c a", "busybox sh -c a; sh -c a; a"},
      {"sh -ec 'a; b' x y", "sh -ec a; b x y; a; b"},
      {"bash script.sh x", "bash script.sh x"},
      {"sh -e '' x", "sh -e  x"},
      {"sh +c a", "sh +c a; a"},
      {"sh -c ''", "sh -c "},
      {"bash -c ''", "bash -c "},
      {"sh -x ''", "sh -x "},
      {"sh -s ''", "sh -s "},
      {"sh -c '' a", "sh -c  a"},
      {"flock f -c ''", "flock f -c ; sh -c "},
      {"eval ''", "eval "},
      {"trap '' EXIT", "trap  EXIT"},
      {"git ''", "git "},
      {"tar '' x", "tar  x"},
      {"rsync '' -av", "rsync  -av"},
      {"[ '' ]", "[  ]"},
      {"set ''", "refused"},
      {"'' a", "refused"},
      {"env '' a", "refused"},
      {"su ''", "su ; sh"},
      {"watch ''", "watch ; sh"},
      {"busybox.static rm x", "busybox.static rm x; rm x"},
      {"busybox-static rm x", "busybox-static rm x; rm x"},
      {"strace -o f ls", "strace -o f ls; ls"},
      {"go test -race ./x", "go test -race ./x"},
      {"xargs -n1 -L1 rm", "xargs -n1 -L1 rm; rm ~?"},
      {"su -c 'rm x' bob", "su -c rm x bob; sh; rm x"},
      {"flock f -c 'a'", "flock f -c a; sh -c a; a"},
      {"watch -n 1 'a | b'", "watch -n 1 a | b; sh; a; b"},
      {"eval 'git push' origin", "eval git push origin; git push origin"},
      {"exec -a x git push", "exec -a x git push; git push"},
      {"command git push; command -v git", "command git push; git push; command -v git"},
      {"trap 'rm x' EXIT; trap - INT", "trap rm x EXIT; rm x; trap - INT"},
      {". ./x", ". ./x; sh ./x"},
      {"git-push x", "git-push x; git push x"},
      {"curl x | sh", "curl x; sh"},
  };
  hold(cases);
}

TEST(ShellLine, LeadingOptionsAreSkipped) {
  const Case cases[] = {
      {"git -C dir push", "git push"},
      {"git -C \"$d\" --no-pager -c user.name=x log -1", "git log -1"},
      {"git --version", "git --version"},
      {"git", "git"},
      {"kubectl -n prod --context=x get pods", "kubectl get pods"},
      {"docker --context x ps", "docker ps"},
      {"cargo +nightly -q test", "cargo test"},
      {"aws --profile x s3 ls", "aws s3 ls"},
      {"gh -R a/b pr list", "gh pr list"},
      {"rsync -ave ssh a b", "rsync -ave ssh a b"},
      {"git log --exec", "git log --exec"},
  };
  hold(cases);
}

TEST(ShellLine, WhatCannotBeToldIsRefused) {
  const std::string_view lines[] = {
      "$x",
      "\"$x\" a",
      "~/x",
      "*",
      "{a,b}",
      "$(a)",
      "`a`",
      "a$x",
      "echo 'a",
      "echo \"a",
      "echo `a",
      "echo $(a",
      "a \\",
      "a |",
      "a &&",
      "| a",
      "; a",
      "a ;; b",
      "if a; then b",
      "if a; fi",
      "for x in a; b; done",
      "case x in a) b",
      "{ a",
      "( a",
      "a )",
      "f() { a; }",
      "function f { a; }",
      "(( x ))",
      "echo $((x))",
      "echo $[1]",
      "[[ $x -eq 1 ]]",
      "[[ -v x ]]",
      "echo ${!x}",
      "echo ${x@P}",
      "echo ${a[$x]}",
      "echo ${x:$y}",
      "a[$(b)]=1",
      "${x:=a}${PATH:=b}",
      "echo ${x:-'a'}",
      "echo ${x:-\\}}",
      "coproc a",
      "select x in a; do b; done",
      "eval $x",
      "eval \"a $x\"",
      "sh -c \"$x\"",
      "sh -c \"a $x\"",
      "fish -c a",
      "sh \"$x\"",
      "bash --rcfile x",
      "bash -k a",
      "trap \"$x\" EXIT",
      "alias a=b",
      "shopt -s extglob",
      "enable -f x y",
      "hash -p /x git",
      "let x=1",
      "mapfile -C a x",
      "complete -C a b",
      "set -k",
      "set -o posix",
      "noglob rm x",
      "repeat 3 rm x",
      "[ -v \"$x\" ]",
      "[ $x = y ]",
      "[ \"$x\" \"$y\" ]",
      "test \"$a\" \"$b\" \"$c\"",
      "printf -v 'a[$(b)]' x",
      "read 'a[1]'",
      "unset 'a[$(b)]'",
      "declare -i x=1",
      "export \"$x\"",
      "PATH=x git",
      "export PATH=x",
      "LD_PRELOAD=x a",
      "BASH_ENV=x a",
      "IFS=x",
      "GIT_SSH=x git fetch",
      "PAGER=x git log",
      "for PATH in a; do b; done",
      "read PATH",
      "env PATH=x git",
      "env \"$x\" a",
      "env -S \"$x\"",
      "env -S 'a ${b}'",
      "env --unknown a",
      "nice $x",
      "timeout $x sh",
      "sudo -s",
      "sudo -i a",
      "xargs env",
      "xargs -I{} {} a",
      "xargs -I{} sh -c 'a {}'",
      "xargs git",
      "find $x -name y",
      "find \"$x\" -exec a {} \\;",
      "find . -exec a",
      "find . -exec {} \\;",
      "parallel a",
      "git $x",
      "git -c alias.x=!sh x",
      "git -c core.pager=sh log",
      "git -c \"$x\" log",
      "git --exec-path=x y",
      "git --unknown push",
      "git -C $d push",
      "git rebase -x a",
      "git rebase --ex=a",
      "git clone --upload-pack a b",
      "git clone \"$x\"",
      "git clone -c a=b c",
      "git push --receive-pack=a",
      "git grep -Oa b",
      "git submodule foreach a",
      "git bisect run a",
      "git difftool -x a",
      "tar -cf a --to-command=b",
      "tar xIf a b",
      "tar czf a *",
      "rsync -e a b",
      "ssh -o ProxyCommand=a b",
      "sort --compress-program=a",
      "npm --script-shell=a test",
      "npm test --script-shell a",
      "docker --config x ps",
      "apt -o a=b install c",
      "su -s a b",
      "flock \"$x\" $y",
      "a {x}>y",
      "script --unknown",
      "watch \"$x\"",
      "man -P a b",
      "tar -cf -- --checkpoint-action=exec=a",
      "git grep -e -- -Oa",
      "ssh -l -- -o ProxyCommand=a h",
      "xargs -I{} -L1 env",
      "xargs -L1 -I{} env",
      "xargs -i -n1 env",
      "xargs -I{} --max-args=1 env",
      "xargs --replace={} --max-lines=1 env",
      "xargs --process-slot-var=PATH git",
      "strace -o '|a' ls",
      "strace -o'!a' ls",
      "strace -o \"$x\" ls",
      "setarch -R rm ls",
      "linux32 rm ls",
      "i386 rm",
      "uname26 rm",
      "a+=/e",
      "a+=/e b",
      "declare x='($(a))'",
      "typeset x='($(a))'",
      "local x='($(a))'",
      "declare x=\"$y\"",
      "export x='($(a))'",
      "systemd-run a",
      "nsenter -t 1 a",
      "gdb a",
      "/lib64/ld-linux-x86-64.so.2 a",
      "rg --pre a b",
      "rg --hostname-bin=a b",
      "fd -x a",
      "fd . -X a",
      "go test -exec a",
      "go test --exec=a",
      "go build -toolexec a",
      "go vet -vettool=a",
      "bsdtar -cf a --use-compress-program=b",
      "gtar xIf a b",
      "git remote-ext a",
      "git submodule--helper foreach a",
      "git instaweb",
      "git daemon",
      "git svn fetch",
      "git difftool --tool=./a",
      "git mergetool -t ./a",
      "git init --template=a",
      "git --git-dir=a status",
      "CC=a make",
      "JAVA_HOME=a mvn",
      "export ZIPOPT=a",
      "env RUSTUP_TOOLCHAIN=a cargo test",
      "RIPGREP_CONFIG_PATH=a rg b",
      "GOFLAGS=a go test",
      "PYTEST_ADDOPTS=a pytest",
      "FZF_DEFAULT_COMMAND=a fzf",
      "npm_config_x=a npm test",
      "https_proxy=a git fetch",
      "ALL_PROXY=a git fetch",
      "echo $\"a\"",
      "echo $'a\\'b'",
  };
  for (const std::string_view line : lines) EXPECT_EQ(programs(line), "refused") << line;
}

TEST(ShellLine, FilesOfRedirections) {
  const Case cases[] = {
      {"a > x", ">x"},
      {"a >> ~/.bashrc", ">?/.bashrc"},
      {"a < x 2> y", "<x>y"},
      {"a <> x", "<x>x"},
      {"a &> x", ">x"},
      {"a >& x", ">x"},
      {"a 2>&1", ""},
      {"a >| x", ">x"},
      {"{ a; } > x", ">x"},
      {"a > \"$x\"", ">?"},
      {"> x", ">x"},
      {"sh -c 'a > x'", ">x"},
      {"a <<E >x\nb\nE", ">x"},
  };
  for (const Case& c : cases) EXPECT_EQ(files(c.line), c.programs) << c.line;
}

TEST(ShellLine, HasLimits) {
  EXPECT_EQ(programs(std::string(kLineBytesMax, 'a')), std::string(kLineBytesMax, 'a'));
  EXPECT_EQ(programs(std::string(kLineBytesMax + 1, 'a')), "refused");
  std::string many;
  for (std::size_t i = 0; i <= kCommandsMax; ++i) many += "a;";
  EXPECT_EQ(programs(many), "refused");
  EXPECT_NE(programs(many.substr(2)), "refused");
  for (const std::string_view open : {"(", "$(", "{ ", "if ", "`", "${x-", "sh -c '", "<(", "! "}) {
    std::string deep;
    while (deep.size() + open.size() < kLineBytesMax) deep += open;
    EXPECT_EQ(programs(deep), "refused") << open;
  }
  EXPECT_EQ(programs(std::string_view("a\0b", 3)), "refused");
  EXPECT_EQ(programs("a \xff"), "refused");
  EXPECT_EQ(programs("a $'\\xff'"), "refused");
}

TEST(ShellLine, ArgvIsTakenAsItStands) {
  const std::vector<std::string> argv{"/bin/sh", "-c", "echo $x; rm 'a b'"};
  const auto line = parse_argv(argv);
  ASSERT_TRUE(line);
  ASSERT_EQ(line->commands.size(), 3U);
  EXPECT_EQ(line->commands[2].args[0].text, "a b");
  const std::vector<std::string> literal{"git", "$(a)", "*"};
  EXPECT_TRUE(!parse_argv(literal)->commands[0].args[1].dynamic());
  EXPECT_FALSE(parse_argv({}));
}

TEST(ShellNames, Shells) {
  for (const std::string_view name : {"sh", "bash", "zsh", "dash", "fish", "ksh", "ash", "mksh",
                                      "csh", "tcsh", "rbash", "bash-5.2", "bash.exe", "pwsh"}) {
    EXPECT_TRUE(is_shell(name)) << name;
  }
  for (const std::string_view name : {"git", "ssh", "shred", "bashful", "fishy", "", "push"}) {
    EXPECT_FALSE(is_shell(name)) << name;
  }
}

}  // namespace
}  // namespace ringfence::shell
