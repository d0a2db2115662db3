import { newHexId } from '#kernel/ids.ts';

const adjectives =
  'able bold brave bright calm clear clever crisp eager fair fine firm fond gentle glad grand kind lively lucky mellow merry neat nimble plain proud quick quiet rare ready rich rosy sharp shiny silent smart smooth spry steady still sunny swift tidy true warm wise witty'.split(
    ' ',
  );
const nouns =
  'ant bass bear bee bird calf carp cat colt crab crane crow deer dog dove duck eel elk fawn finch fish fox frog goat goose grouse gull hare hawk hen heron horse jay kite lamb lark loon lynx mare mink mole moose moth mouse newt owl panda perch pig quail ram rook seal shark sheep shrew shrike skunk slug snail snipe sow squid stag stork swan toad trout vole wasp whale wolf worm wren yak'.split(
    ' ',
  );

/** A name for a run that was given none: `calm-heron-417`. */
export function runName(): string {
  const random = newHexId().slice(-12);
  const draw = (place: number): number => Number.parseInt(random.slice(4 * place, 4 * place + 4), 16);
  const one = (words: readonly string[], place: number): string => words[draw(place) % words.length] ?? '';
  return `${one(adjectives, 0)}-${one(nouns, 1)}-${draw(2) % 1_000}`;
}
