/** What may stand before a program: other programs that run it, words of the shell, and settings for it. */
const leading =
  /^\s*(?:(?:sudo|time|nohup|command|exec|builtin|nice|then|do|else|if|while|until|!|\{|env|npx|timeout\s+\S+|stdbuf\s+\S+|[A-Za-z_]\w*=\S*)\s+)*/;

/** Programs that write out what is in the files that they are given, as it is or changed. */
const printers = new Set(
  'cat tac bat batcat head tail less more most view vim vi nano ed ex awk gawk mawk nawk strings xxd od hexdump hd base64 base32 jq yq xq type gc get-content select-string findstr nl sort uniq cut tr rev paste join column fold fmt expand pr diff colordiff delta sdiff cmp comm iconv pandoc glow highlight pygmentize openssl gpg zcat gzip tar zip unzip dd ssh for read mapfile readarray eval xargs parallel envsubst mlr csvcut csvlook sqlite3 duckdb ag ack for-each-object'.split(
    ' ',
  ),
);
const searches = new Set(['grep', 'egrep', 'fgrep', 'zgrep', 'rg', 'ripgrep', 'ag', 'ack', 'ugrep']);
const interpreters =
  /^(?:python[\d.]*|node|nodejs|deno|bun|perl|ruby|php|lua|r|rscript|bash|sh|zsh|dash|ksh|fish|pwsh|powershell|cmd)$/;
/** Commands that print names, at most, or what they are told to say: `echo .env >> .gitignore` reads nothing. */
const quiet = new Set(
  'echo printf ls ll dir cd pushd popd mkdir rmdir touch rm cp mv ln chmod chown test [ [[ stat du wc file find fd tree which pwd true false exit export unset basename dirname realpath readlink sha256sum md5sum shasum rsync install tee'.split(
    ' ',
  ),
);
/** One of the programs above somewhere behind another: `docker exec app cat .env`. */
const printerWithin =
  /[\s"'](?:cat|tac|bat|head|tail|less|more|e?grep|rg|sed|awk|strings|xxd|od|base64|jq|yq|type|Get-Content)[\s<]/;

const onlyNames =
  /\s(?:-[a-zA-Z]*[qlLc][a-zA-Z]*|--(?:quiet|silent|files-with(?:out)?-match(?:es)?|files|count(?:-matches)?))(?=\s|$)/;
const onlyStatistics = /\s--(?:stat|shortstat|numstat|dirstat|name-only|name-status|summary|quiet|exit-code|check)\b/;
const asPatch = /\s(?:-[a-zA-Z]*p[a-zA-Z]*|-u|-U\d+|--patch(?:-with-\w+)?|-L\s?\S+|--cc|-c)(?=\s|$)/;
const askingPart = /\s(?:-p|-i|--patch|--interactive)(?=\s|$)/;
const sayingProgram = /\s(?:-\w*[cepr]|--eval|--print|-Command|\/c)(?=[\s"']|$)|\s-m\s+json|\s-\s*$|</i;
const gitCommand = /^git((?:\s+(?:-[cC]\s+\S+|--?[\w-]+(?:=\S+)?))*)\s+([a-z][a-z-]*)(.*)$/s;

/** A command from its program on. */
export function withoutLeading(command: string): string {
  return command.replace(leading, '').trim();
}

/** A program's name, however it is called: `/bin/cat`, `"cat"`, `CAT.EXE`. */
export function programOf(word: string): string {
  return word
    .replace(/^["'\\]+|["']+$/g, '')
    .replace(/^.*[\\/](?=.)/, '')
    .replace(/\.exe$/i, '')
    .toLowerCase();
}

/**
 * Whether a command writes out the text of the files that it names, rather than their names, sizes or what it makes of
 * them. What any other program prints is judged by its lines alone.
 *
 * @param line the whole command line: what `source` reads is printed by what follows
 */
export function printsText(command: string, line: string): boolean {
  const text = withoutLeading(command);
  const [word = ''] = /^[^\s<>]*/.exec(text) ?? [];
  const program = programOf(word);
  if (text.startsWith('<')) return true;
  if (program === 'git') return gitPrints(text);
  if (searches.has(program)) return !onlyNames.test(text);
  if (program === 'sed') return !/\s-\w*i|\s--in-place/.test(text);
  if (program === 'curl' || program === 'wget') return /file:|\s-[dFT]\b|@/.test(text);
  if (program === 'source' || word === '.')
    return /\bprintenv\b|(?<![.\w])env\s*(?:$|[;|&])|\becho\b[^;&|]*\$/.test(line);
  if (interpreters.test(program)) return sayingProgram.test(text);
  if (quiet.has(program)) return false;
  return printers.has(program) || printerWithin.test(text);
}

function gitPrints(text: string): boolean {
  const [, , subcommand = '', rest = ''] = gitCommand.exec(text) ?? [];
  switch (subcommand) {
    case 'diff':
    case 'show':
    case 'diff-tree':
    case 'diff-index':
    case 'diff-files':
    case 'range-diff':
    case 'format-patch':
      return !onlyStatistics.test(rest) || asPatch.test(rest);
    case 'log':
    case 'stash':
    case 'reflog':
    case 'whatchanged':
      return asPatch.test(rest);
    case 'grep':
      return !onlyNames.test(rest);
    case 'cat-file':
      return !/\s-[tse](?=\s|$)/.test(rest);
    case 'add':
    case 'checkout':
    case 'restore':
    case 'reset':
      return askingPart.test(rest);
    case 'status':
    case 'commit':
      return /\s-v+(?=\s|$)|\s--verbose\b/.test(rest);
    case 'blame':
    case 'annotate':
    case 'archive':
    case '':
      return true;
    default:
      return false;
  }
}

const exclusions =
  /(?:-g|--i?glob)[\s=]*["']?!\S+|--(?:exclude|ignore)(?:-\w+)?[\s=]+["']?[^\s"']+["']?|["']?:(?:[!^]|\(exclude[^)]*\))[^\s"']*["']?|(?:-not|!)\s+-\w+\s+\S+/g;
const words = /(?:[^\s"']|"[^"]*"|'[^']*')+/g;

/** A command without what it leaves out, and without what a search looks for: neither is printed. */
export function withoutUnread(command: string): string {
  const text = command.replace(exclusions, ' ');
  const [start = ''] = leading.exec(text) ?? [];
  const [program = '', ...rest] = text.slice(start.length).match(words) ?? [];
  if (!searches.has(program) || /\s(?:-[a-zA-Z]*[ef]|--regexp|--file)\b/.test(text)) return text;
  const sought = rest.findIndex((word) => !word.startsWith('-'));
  return [program, ...rest.filter((_word, at) => at !== sought)].join(' ');
}

const nothing =
  /(?:no such file or directory|permission denied|is a directory|not found|cannot (?:open|find)[^\n]*|does not exist)\.?$|^(?:no (?:matches|results|files)(?: found)?|0 (?:matches|results)|found 0 [a-z]+)[^\n]{0,100}$/i;

/** Whether what a tool gave back has no file's text in it: it is empty, or says that there is nothing. */
export function saysNothing(result: string): boolean {
  if (result.length > 2_000) return false;
  const [, output] = /^\s*\{"output":"((?:[^"\\]|\\.)*)"/.exec(result) ?? [];
  const lines = (output ?? result).split(/\n|\\n/).filter((line) => line.trim() !== '');
  return lines.every((line) => nothing.test(line.trim()));
}
