import sax, { type SAXOptions } from 'sax';
import { PmmlError } from './pmml-error.ts';

/** An element by its local name, with what is in it; text is kept where there is more than white space. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | undefined>>;
  readonly children: XmlElement[];
  text: string;
}

const maximumCharacters = 256 * 1024 * 1024;
/** Trees nest as deep as they grow. */
const maximumDepth = 2_000;
const maximumElements = 20_000_000;
const chunkCharacters = 1024 * 1024;
/** Names of HTML's entities mean nothing. */
const options: SAXOptions & { strictEntities: boolean } = { strictEntities: true };

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

/**
 * Parses XML into elements. There are no entities but XML's own five: a document type, which could declare others, is
 * refused. `Extension` elements, which mean nothing to who does not know them, are left out.
 * Throws `PmmlError` on what is not well-formed, too large or nested too deep.
 */
export function parseXml(text: string): XmlElement {
  if (text.length > maximumCharacters) throw new PmmlError('The document is larger than 256 MB.');
  const document: XmlElement = { name: '', attributes: {}, children: [], text: '' };
  const open = [document];
  let elements = 0;
  const parser = sax.parser(true, options);
  const fail = (problem: string): never => {
    throw new PmmlError(`The document is no XML that is understood, line ${parser.line + 1}: ${problem}.`);
  };
  parser.onerror = (error) => fail(error.message.split('\n')[0] ?? '');
  parser.ondoctype = () => fail('document types are refused');
  parser.onopentag = ({ name, attributes }) => {
    if (++elements > maximumElements) fail('it has too many elements');
    if (open.length > maximumDepth) fail('it is nested too deep');
    const element: XmlElement = {
      name: localName(name),
      attributes: attributes as Record<string, string>,
      children: [],
      text: '',
    };
    if (element.name !== 'Extension') open.at(-1)?.children.push(element);
    open.push(element);
  };
  parser.onclosetag = () => void open.pop();
  const takeText = (characters: string): void => {
    const element = open.at(-1);
    if (element !== undefined && characters.trim() !== '') element.text += characters;
  };
  parser.ontext = takeText;
  parser.oncdata = takeText;
  for (let at = 0; at < text.length; at += chunkCharacters) parser.write(text.slice(at, at + chunkCharacters));
  parser.close();
  const [root] = document.children;
  return root ?? fail('it has no element');
}

export function childrenOf(element: XmlElement, ...names: string[]): XmlElement[] {
  return element.children.filter(({ name }) => names.includes(name));
}

export function childOf(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((child) => child.name === name);
}

export function requiredChild(element: XmlElement, name: string): XmlElement {
  const child = childOf(element, name);
  if (child === undefined) throw new PmmlError(`${element.name} has no ${name}.`);
  return child;
}

export function attributeOf(element: XmlElement, name: string): string {
  const value = element.attributes[name];
  if (value === undefined) throw new PmmlError(`${element.name} has no attribute "${name}".`);
  return value;
}

/** Throws on text that is no number; `fallback` where the attribute is absent, which without one is an error. */
export function numberAttribute(element: XmlElement, name: string, fallback?: number): number {
  const text = element.attributes[name];
  if (text === undefined && fallback !== undefined) return fallback;
  const value = Number(attributeOf(element, name));
  if (Number.isNaN(value) && text !== 'NaN') throw new PmmlError(`${element.name}: ${name}="${text}" is no number.`);
  return value;
}

/** An attribute of a closed list of words; the first is the default. */
export function wordAttribute<Word extends string>(element: XmlElement, name: string, words: readonly Word[]): Word {
  const text = element.attributes[name] ?? words[0];
  const word = words.find((each) => each === text);
  if (word === undefined) {
    throw new PmmlError(`${element.name}: ${name}="${text}" is not supported (${words.join(', ')}).`);
  }
  return word;
}
