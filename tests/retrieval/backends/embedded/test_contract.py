from search_backend_contract import SearchBackendContract

from qa_service.retrieval.backends.embedded.index import SearchIndex
from qa_service.text.tokenize import Tokenizer


class TestEmbeddedBackend(SearchBackendContract):
    def create(self, tokenizer: Tokenizer, dimension: int | None) -> SearchIndex:
        return SearchIndex(tokenizer, dimension)
