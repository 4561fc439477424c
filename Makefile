# 规矩: everything is one `make` away; `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
SEED ?= $(shell date +%s)


.DEFAULT_GOAL := help
.PHONY: help run setup test check lint types contracts migrations bench prove vendor regions traditional pinyin docs where lock audit clean

help: ## 列出全部命令
	@grep -hE '^[a-z]+:.*## ' Makefile | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: ## 启动演示：http://127.0.0.1:8000（ARGS 传给 guiju up）
	@$(PYTHON) tools/bootstrap.py product
	@exec $(BIN)/guiju up --demo $(ARGS)

setup: ## 装好产品和测试所需的一切（.venv）
	@$(PYTHON) tools/bootstrap.py development

test: setup ## 全部测试（单元、性质、数据库、浏览器），10 分钟以内
	@$(PYTHON) tools/counterparts.py
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

check: lint types contracts migrations ## 静态检查

lint: setup ## 格式和风格
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup ## 类型（mypy strict）
	@$(BIN)/mypy

contracts: setup ## 导入规则（import-linter）
	@$(BIN)/lint-imports --no-logo 2>/dev/null || $(BIN)/lint-imports

migrations: setup ## 模型与迁移一致，迁移的 SQL 过 squawk
	@$(BIN)/python tools/check_migrations.py

bench: setup ## 性能与识别率，同一次运行里的比值
	@$(BIN)/python -m benchmarks $(ARGS)

prove: setup ## 大量轮次：随机用例、kill -9；打印种子、次数、结果（SEED=… 重来一遍）
	@echo "种子 $(SEED)"
	@GUIJU_PROVE=1 GUIJU_SEED=$(SEED) $(BIN)/python -m pytest -m prove -s -v \
	  --hypothesis-seed=$(SEED) --hypothesis-show-statistics $(ARGS)

vendor: ## 重新生成随产品携带的前端文件（需要 Node）
	@cd frontend && npm install --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund && node build.mjs

regions: setup ## 重新生成区划代码表（需要网络）
	@$(BIN)/python tools/regions.py

traditional: setup ## 重新生成繁简对照表（需要网络）
	@$(BIN)/python -m venv build/opencc && build/opencc/bin/pip install -q opencc==1.4.2 && build/opencc/bin/python tools/traditional.py

pinyin: setup ## 重新生成拼音表（需要网络）
	@$(BIN)/python -m venv build/pinyin && build/pinyin/bin/pip install -q pypinyin==0.55.0 && build/pinyin/bin/python tools/pinyin.py

docs: setup ## 重新生成 FEATURES.md、docs/openapi.json、命令行的中文和首次建表的语句
	@$(BIN)/python tools/first_schema.py
	@$(BIN)/python tools/generated.py
	@$(BIN)/python tools/cli_words.py

where: ## 找到一项功能的全部文件：make where WHAT=register_company
	@git grep -l -e '$(WHAT)' -e '$(subst _,-,$(WHAT))' -- . ':!FEATURES.md'

lock: ## 重新锁定依赖（需要 uv）
	uv pip compile pyproject.toml requirements/build.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-emit-find-links --no-annotate --no-header -o requirements/product.lock
	uv pip compile pyproject.toml requirements/build.in --group dev -c requirements/product.lock --universal \
	  --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --no-header \
	  -o requirements/development.lock

audit: setup ## 依赖里已知的漏洞（需要网络）
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements/product.lock

clean: ## 删去虚拟环境和构建产物（不动数据）
	rm -rf .venv build
