const initials = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const firstSyllable = 0xac00;
const lastSyllable = 0xd7a3;
/** Syllables that share an initial: 21 vowels × 28 finals. */
const perInitial = 588;

/** Each Hangul syllable replaced by its initial consonant (Unicode 3.12); the rest as it is: `물레` → `ㅁㄹ`. */
export function initialConsonants(text: string): string {
  return Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < firstSyllable || code > lastSyllable) return character;
    return initials[Math.floor((code - firstSyllable) / perInitial)] ?? character;
  }).join('');
}

/** Whether `text` holds `search`, without regard to case, or its initial consonants do. */
export function matches(text: string, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  const lower = text.toLowerCase();
  return lower.includes(wanted) || initialConsonants(lower).includes(wanted);
}
