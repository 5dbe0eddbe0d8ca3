# iris in units of 10,000: standard deviations of 4e-5, as concentrations have them.
source("common.R")
iris <- data_set("iris_small")
names(iris)[1:4] <- c("a", "b", "c", "d")
setosa <- iris$Species == "setosa"

two <- function(h) {
	m <- unname(h$estimate)
	c(list(estimate1 = m[1], estimate2 = m[2], std_error = h$stderr), tidy_test(h, m[1] - m[2]))
}
aov_of <- function(f) {
	a <- anova(lm(f, iris))
	list(statistic = a$F[1], df1 = a$Df[1], df2 = a$Df[2], p_value = a$P[1], ss_between = a$Sum[1], ss_within = a$Sum[2])
}
reference("mean", mean(iris$b))
reference("sd", sd(iris$b))
reference("sd_setosa", sd(iris$b[setosa]))
reference("welch", two(t.test(b ~ setosa, iris)))
reference("student", two(t.test(b ~ setosa, iris, var.equal = TRUE)))
reference("species", aov_of(b ~ Species))
reference("test", list(estimate = cor(iris$a, iris$c), df = 148, statistic = unname(cor.test(iris$a, iris$c)$statistic)))
reference("line", unname(coef(lm(a ~ b + c + d, iris))), "model")
reference("line_error", unname(summary(lm(a ~ b + c + d, iris))$coefficients[, 2]), "model")
write_reference()
