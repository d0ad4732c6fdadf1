"""What a map can change in the training of any `transformers.Trainer`: which examples, their weight, labels and order.

Each is a function that is called before `trainer.train()`; they can be combined with each other and with `track`.
"""

from dataset_cartography.integrations.transformers.interventions.keep import keep_examples
from dataset_cartography.integrations.transformers.interventions.loss import smooth_labels, weigh_loss
from dataset_cartography.integrations.transformers.interventions.order import order_examples

__all__ = ["keep_examples", "order_examples", "smooth_labels", "weigh_loss"]
