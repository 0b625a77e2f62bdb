import { Card, type CardProps } from './card';
import './glassmorphism-card.css';

export type GlassmorphismCardProps = CardProps;

export function GlassmorphismCard(props: GlassmorphismCardProps) {
  return (
    <div className="ui-glass">
      <Card {...props} />
    </div>
  );
}
