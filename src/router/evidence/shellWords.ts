/** What stands for text that only the shell knew: the value of a variable, or what a command in `$(…)` said. */
export const UNKNOWN = `\${_}`;
/** Before a path whose folder only the shell knew. */
export const SOMEWHERE = `${UNKNOWN}/`;

/** Characters that a shell's pattern is made of; a quoted one means itself and is kept as a class of one. */
const ofPatterns = /[*?[{]/;
const expansion = /\$(?:\{[^}]{0,1000}\}|\w{1,100}|[@*#?$!-])/y;

/**
 * The words that a shell hands to a program, its name first: without quotes, with `${_}` for each expansion, and with
 * patterns left as patterns. What `<` reads is a word too, with or without a space before it; what `>` writes is none, and
 * neither is the text of `<<<`. Linear in the command's length.
 */
export function shellWords(command: string): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let isDropped = false;
  const end = (): void => {
    if (word === undefined) return;
    if (!isDropped) words.push(word);
    word = undefined;
    isDropped = false;
  };
  const add = (text: string): void => {
    word = (word ?? '') + text;
  };
  let quote = '';
  for (let at = 0; at < command.length; at += 1) {
    const letter = command.charAt(at);
    if (quote === "'" || quote === "$'") {
      if (letter === "'") quote = '';
      else if (quote === "$'" && letter === '\\') {
        add(UNKNOWN);
        at += /^\\(?:x[\da-f]{1,2}|u[\da-f]{1,4}|[0-7]{1,3}|.)/is.exec(command.slice(at, at + 6))?.[0].length ?? 1;
        at -= 1;
      } else add(literal(letter));
    } else if (letter === '\\') {
      at += 1;
      if (command[at] !== '\n') add(literal(command.charAt(at)));
    } else if (letter === '$') {
      expansion.lastIndex = at;
      const [found] = expansion.exec(command) ?? [];
      if (found !== undefined) {
        add(UNKNOWN);
        at += found.length - 1;
      } else if (quote === '' && command[at + 1] === "'") {
        quote = "$'";
        at += 1;
      } else add(letter);
    } else if (quote === '"') {
      if (letter === '"') quote = '';
      else add(literal(letter));
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      add('');
    } else if (/\s/.test(letter)) end();
    else if (letter === '<' || letter === '>') {
      end();
      const [signs = letter] = /^[<>]{1,3}[|&]?/.exec(command.slice(at, at + 4)) ?? [];
      isDropped = signs !== '<';
      at += signs.length - 1;
    } else add(letter);
  }
  end();
  return words;
}

function literal(letter: string): string {
  return ofPatterns.test(letter) ? `[${letter}]` : letter;
}
