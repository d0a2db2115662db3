import { Fragment, type ReactNode } from 'react';
import styles from './markdown.module.css';

/**
 * Headings, lists, quotes, fenced code, tables as text; bold, emphasis, code and links within a line. Everything else
 * stays as it was typed: what people write becomes elements, never HTML.
 */
export function Markdown({ text }: { text: string }): ReactNode {
  return <div className={styles['text']}>{blocksOf(text).map((block, index) => renderBlock(block, index))}</div>;
}

type Block =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'code' | 'quote' | 'paragraph'; text: string };

const item = /^\s*(?:[-*+]|(\d+)[.)])\s+(.*)$/;

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let fence: string[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*```/.test(line)) {
      if (fence === undefined) fence = [];
      else {
        blocks.push({ kind: 'code', text: fence.join('\n') });
        fence = undefined;
      }
    } else if (fence !== undefined) fence.push(line);
    else addLine(blocks, line);
  }
  if (fence !== undefined) blocks.push({ kind: 'code', text: fence.join('\n') });
  return blocks.filter((block) => block.kind !== 'paragraph' || block.text !== '');
}

function addLine(blocks: Block[], line: string): void {
  const last = blocks.at(-1);
  const [, marks, title] = /^(#{1,6})\s+(.*)$/.exec(line) ?? [];
  const [found, number, entry = ''] = item.exec(line) ?? [];
  if (marks !== undefined) blocks.push({ kind: 'heading', level: marks.length, text: title ?? '' });
  else if (found !== undefined) {
    const ordered = number !== undefined;
    if (last?.kind === 'list' && last.ordered === ordered) last.items.push(entry);
    else blocks.push({ kind: 'list', ordered, items: [entry] });
  } else if (line.startsWith('>')) {
    const quoted = line.replace(/^>\s?/, '');
    if (last?.kind === 'quote') last.text += `\n${quoted}`;
    else blocks.push({ kind: 'quote', text: quoted });
  } else if (line.trim() === '') blocks.push({ kind: 'paragraph', text: '' });
  else if (last?.kind === 'paragraph' && last.text !== '') last.text += `\n${line}`;
  else blocks.push({ kind: 'paragraph', text: line });
}

function renderBlock(block: Block, key: number): ReactNode {
  switch (block.kind) {
    case 'heading': {
      // The page has its own first and second level.
      const Heading = block.level === 1 ? 'h3' : 'h4';
      return <Heading key={key}>{inline(block.text)}</Heading>;
    }
    case 'list': {
      const List = block.ordered ? 'ol' : 'ul';
      return (
        <List key={key}>
          {block.items.map((text, index) => (
            <li key={index}>{inline(text)}</li>
          ))}
        </List>
      );
    }
    case 'code':
      return <pre key={key}>{block.text}</pre>;
    case 'quote':
      return <blockquote key={key}>{inline(block.text)}</blockquote>;
    case 'paragraph':
      return <p key={key}>{inline(block.text)}</p>;
  }
}

const spans = /(`[^`]+`|\*\*[^*]+\*\*|\*[^*\s][^*]*\*|\[[^\]]+\]\(https?:\/\/[^)\s]+\))/g;

function inline(text: string): ReactNode {
  return text.split(spans).map((part, index) => {
    const [, label, address] = /^\[([^\]]+)\]\((.+)\)$/.exec(part) ?? [];
    if (address !== undefined && index % 2 === 1)
      return (
        <a key={index} href={address} rel="noreferrer noopener" target="_blank">
          {label}
        </a>
      );
    if (index % 2 === 0) return <Fragment key={index}>{part}</Fragment>;
    if (part.startsWith('`')) return <code key={index}>{part.slice(1, -1)}</code>;
    if (part.startsWith('**')) return <strong key={index}>{part.slice(2, -2)}</strong>;
    return <em key={index}>{part.slice(1, -1)}</em>;
  });
}
