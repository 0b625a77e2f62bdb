import { Anchor, Text } from '@mantine/core';
import { isValidElement, memo, type ReactNode, useMemo } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';

import { markdownBlocks } from '../lib/markdown-blocks';
import { CopyButton } from './copy-button';
import classes from './markdown.module.css';

const PLUGINS = [remarkGfm];

const COMPONENTS: Components = {
  a: ({ href, children }) => (
    <Anchor href={href} target="_blank" rel="noopener noreferrer" inherit>
      {children}
    </Anchor>
  ),
  // A picture in an answer is never fetched: its address could carry out what was said here.
  img: ({ src, alt }) => (
    <Text span c="dimmed" inherit className={classes.image}>
      [image: {alt === undefined || alt === '' ? 'no description' : alt}
      {typeof src === 'string' && src !== '' && (
        <>
          {' – '}
          <Anchor href={src} target="_blank" rel="noopener noreferrer" inherit>
            {src}
          </Anchor>
        </>
      )}
      ]
    </Text>
  ),
  pre: ({ children }) => <CodeBlock>{children}</CodeBlock>,
  table: ({ children }) => (
    // A wide table scrolls by itself, by keyboard too.
    <div className={classes.tableFrame} tabIndex={0} role="region" aria-label="Table">
      <table>{children}</table>
    </div>
  ),
};

/** Markdown of an answer. While it grows, only its last part is parsed again. */
export function Markdown({ text }: { text: string }) {
  const blocks = useMemo(() => markdownBlocks(text), [text]);
  return (
    <div className={classes.markdown}>
      {blocks.map((block, index) => (
        // Blocks only ever grow at the end: their place is their identity.
        <Block key={index} text={block} />
      ))}
    </div>
  );
}

const Block = memo(function Block({ text }: { text: string }) {
  return (
    <ReactMarkdown remarkPlugins={PLUGINS} components={COMPONENTS}>
      {text}
    </ReactMarkdown>
  );
});

function CodeBlock({ children }: { children?: ReactNode }) {
  const { code, language } = codeOf(children);
  return (
    <div className={classes.code}>
      <div className={classes.codeHead}>
        <span>{language}</span>
        <CopyButton text={code} label="Copy code" />
      </div>
      <pre tabIndex={0} aria-label={language === '' ? 'Code' : `Code, ${language}`}>
        {children}
      </pre>
    </div>
  );
}

function codeOf(children: ReactNode): { code: string; language: string } {
  if (!isValidElement<{ className?: string; children?: ReactNode }>(children)) {
    return { code: textOf(children), language: '' };
  }
  const language = /language-(\S+)/.exec(children.props.className ?? '')?.[1] ?? '';
  return { code: textOf(children.props.children).replace(/\n$/, ''), language };
}

function textOf(node: ReactNode): string {
  if (typeof node === 'string' || typeof node === 'number') return String(node);
  return Array.isArray(node) ? (node as ReactNode[]).map(textOf).join('') : '';
}
