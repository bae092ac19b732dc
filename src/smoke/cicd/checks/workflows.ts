import { count, type CicdCheck } from '../check';
import { parseWorkflows } from '../workflow';

/** Can every workflow be read, and are there any? */
export const workflows: CicdCheck = {
  id: 'workflows',
  title: 'workflows can be read',
  look: ({ files }) => {
    const { workflows: read, problems } = parseWorkflows(files);
    const none = read.length + problems.length === 0 ? ['.github/workflows has no workflow'] : [];
    return { seen: count(read.length, 'workflow'), problems: [...problems, ...none] };
  },
};
