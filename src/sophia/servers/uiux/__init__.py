"""The UI/UX Agent: colours, design tokens, audits. It needs no account."""
